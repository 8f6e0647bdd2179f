import { Inject, Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
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
  private readonly logger = new Logger('Gifs');
  private readonly hosts: string[];

  constructor(
    @Inject(ENV) private readonly env: Env,
    @Inject(COMMANDS) private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    @Inject(GIF_PROVIDER) private readonly provider: GifProvider | undefined,
  ) {
    this.hosts = [...env.GIF_HOSTS.map((host) => host.toLowerCase()), ...(provider ? [provider.host] : [])];
  }

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

  /**
   * Whether people may be made to fetch it: what they see must not come from a server of a stranger's choice, which would learn their
   * addresses.
   */
  mayShow(url: string): boolean {
    const { hostname } = new URL(url);
    return this.hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
  }

  /** Without those that could not be sent. */
  private shown({ gifs, next }: FoundGifs): FoundGifs {
    const foreign = gifs.filter(({ url, preview_url }) => !this.mayShow(url) || !this.mayShow(preview_url));
    if (foreign.length)
      this.logger.warn(`GIFs at ${new URL(foreign[0]!.url).hostname}, which GIF_HOSTS does not name, are left out`);
    return { gifs: gifs.filter((gif) => !foreign.includes(gif)), next };
  }

  private async cached(provider: GifProvider, wanted: GifsWanted): Promise<FoundGifs> {
    const what = createHash('sha256').update(JSON.stringify(wanted)).digest('base64url');
    const key = this.keys.key('gifs', provider.name, what);
    // without Redis each is asked for
    const kept = await this.redis.get(key).catch(() => null);
    if (kept !== null) return JSON.parse(kept) as FoundGifs;
    const found = this.shown(await provider.find(wanted));
    await this.redis.set(key, JSON.stringify(found), 'EX', CACHE_SECONDS).catch(() => undefined);
    return found;
  }
}

const milder = (allowed: GifRating, asked: GifRating = allowed): GifRating =>
  GIF_RATINGS[Math.min(GIF_RATINGS.indexOf(allowed), GIF_RATINGS.indexOf(asked))]!;
