import { Logger } from '@nestjs/common';
import { GifProviderFailed, GifsUnavailable } from 'src/modules/media/gifs.errors';
import type { GifRating, GifView } from 'src/modules/media/gifs.dto';
import { z } from 'zod';

export interface GifsWanted {
  /** Undefined for what is much sent these days. */
  q: string | undefined;
  /** 1 to 50. */
  limit: number;
  /** The provider's own word for where the last page ended. */
  place: string | undefined;
  rating: GifRating;
  /** One of ours: `en`, `zh` … */
  language: string;
}

export interface FoundGifs {
  gifs: GifView[];
  /** Where the next page begins; null if this is the last. */
  next: string | null;
}

/** Where GIFs come from. */
export abstract class GifProvider {
  abstract readonly name: 'giphy' | 'tenor';
  /** Which host is asked. */
  readonly host: string;
  /** What a `place` looks like, for one that comes back from a client. */
  abstract readonly place: z.ZodType<string>;

  constructor(
    private readonly baseUrl: string,
    protected readonly key: string,
    private readonly timeoutMs: number,
  ) {
    this.host = new URL(baseUrl).hostname;
  }

  /** Throws `gifs.unavailable`, `gifs.provider_failed`. */
  abstract find(wanted: GifsWanted): Promise<FoundGifs>;

  protected ask<Answer extends z.ZodType>(
    path: string,
    query: Record<string, string>,
    answer: Answer,
  ): Promise<z.infer<Answer>> {
    return askProvider(
      new URL(`${this.baseUrl}/${path}?${new URLSearchParams(query).toString()}`),
      this.timeoutMs,
      answer,
    );
  }
}

/** GIFs are shown from https only; the rest of a provider's answer is none of ours. */
export const gifUrl = () => z.url({ protocol: /^https$/ }).max(2048);
export const gifSide = () => z.coerce.number().int().min(1).max(10_000);

/** Those of a list that are as they should be: one that is odd must not cost the others. */
export const wellFormed = <Item extends z.ZodType>(item: Item, list: unknown[]): z.infer<Item>[] =>
  list.flatMap((one) => {
    const result = item.safeParse(one);
    return result.success ? [result.data] : [];
  });

const logger = new Logger('Gifs');

/** Asks a provider for JSON. The URL holds our key: neither it nor what goes wrong with it is logged or thrown. */
async function askProvider<Answer extends z.ZodType>(
  url: URL,
  timeoutMs: number,
  answer: Answer,
): Promise<z.infer<Answer>> {
  const { status, body } = await fetched(url, timeoutMs);
  if (status === 429) return fail('asks us to wait', GifsUnavailable());
  if (status !== 200) return fail(`answers ${status}`, GifProviderFailed());
  const result = answer.safeParse(body);
  return result.success ? result.data : fail('answers what is not understood', GifProviderFailed());

  function fail(what: string, error: Error): never {
    logger.warn(`${url.hostname} ${what}`);
    throw error;
  }
}

async function fetched(url: URL, timeoutMs: number): Promise<{ status: number; body: unknown }> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  } catch (error) {
    logger.warn(`${url.hostname} is not reached: ${(error as Error).name}`);
    throw GifsUnavailable();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
