import { Inject, Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS } from 'src/core/redis/tokens';
import { GifProvider, type FoundGifs, type GifsWanted } from 'src/modules/media/gif-provider';
import { GIF_RATINGS, type GifListView, type GifRating, type SearchGifsQuery } from 'src/modules/media/gifs.dto';
import { GifsNotConfigured } from 'src/modules/media/gifs.errors';

/** What many look for is asked for once in this time. */
const CACHE_SECONDS = 600;

/** Under this token is the provider, or undefined if none is configured. */
export const GIF_PROVIDER = Symbol('GIF_PROVIDER');

/** GIFs of a provider, which learns what is looked for but not by whom. */
@Injectable()
export class GifsService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    @Inject(COMMANDS) private readonly redis: Redis,
    private readonly keys: RedisKeys,
    @Inject(GIF_PROVIDER) private readonly provider: GifProvider | undefined,
  ) {}

  /** Those that fit `q`, or without one what is much sent. Throws `gifs.not_configured`, `gifs.unavailable`, `gifs.provider_failed`. */
  async list({ q, limit, cursor, rating }: Omit<SearchGifsQuery, 'q'> & { q?: string }): Promise<GifListView> {
    const { provider } = this;
    if (!provider) throw GifsNotConfigured();
    if (cursor !== undefined && !provider.place.safeParse(cursor).success)
      throw ValidationFailed({}, [{ field: 'cursor', code: 'invalid_cursor' }]);
    const { gifs, next } = await this.cached(provider, {
      q: q?.toLowerCase(),
      limit,
      place: cursor,
      rating: milder(this.env.GIF_RATING, rating),
      language: currentContext().language,
    });
    return { gifs, items: gifs, next_cursor: next, provider: provider.name };
  }

  private async cached(provider: GifProvider, wanted: GifsWanted): Promise<FoundGifs> {
    const what = createHash('sha256').update(JSON.stringify(wanted)).digest('base64url');
    const key = this.keys.key('gifs', provider.name, what);
    // without Redis each is asked for
    const kept = await this.redis.get(key).catch(() => null);
    if (kept !== null) return JSON.parse(kept) as FoundGifs;
    const found = await provider.find(wanted);
    await this.redis.set(key, JSON.stringify(found), 'EX', CACHE_SECONDS).catch(() => undefined);
    return found;
  }
}

const milder = (allowed: GifRating, asked: GifRating = allowed): GifRating =>
  GIF_RATINGS[Math.min(GIF_RATINGS.indexOf(allowed), GIF_RATINGS.indexOf(asked))]!;
