import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { RateLimited } from 'src/core/errors/common.errors';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { networkOf } from 'src/core/http/network';

/** Tries that are free; after them each doubles the wait, from a second to the longest. */
interface Patience {
  free: number;
  longestSeconds: number;
}
const PATIENCE = {
  /** One account from one network. */
  pair: { free: 5, longestSeconds: 900 },
  /** One account from anywhere; short, for a stranger may bring it about. */
  account: { free: 30, longestSeconds: 60 },
  /** Any accounts from one network, which many people may share. */
  network: { free: 100, longestSeconds: 900 },
} satisfies Record<string, Patience>;
type Kind = keyof typeof PATIENCE;

const FORGET_SECONDS = 3600;

/** Milliseconds to wait, and nothing counted; or 0, and one try counted for each key before its outcome is known. */
const TAKE = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local wait = 0
  for _, key in ipairs(KEYS) do
    wait = math.max(wait, tonumber(redis.call('HGET', key, 'next') or 0) - now)
  end
  if wait > 0 then return wait end
  for i, key in ipairs(KEYS) do
    local over = redis.call('HINCRBY', key, 'tries', 1) - tonumber(ARGV[2 * i])
    if over >= 0 then
      redis.call('HSET', key, 'next', now + 1000 * math.min(2 ^ math.min(over, 20), tonumber(ARGV[2 * i + 1])))
    end
    redis.call('EXPIRE', key, ARGV[1])
  end
  return 0`;

/** Who tries to prove to be whom, from where. */
export interface Attempt {
  /** The account's id, or what was given for it if there is none: unknown accounts are throttled alike. */
  account: string;
  ip: string;
  /** Whether the account has been signed in from this address before: then strangers elsewhere cannot make it wait. */
  known: boolean;
}

/**
 * Slows down the guessing of passwords and codes, over all nodes. A try is counted before it is looked at, so that many at once
 * are no way round. Without Redis there is no signing in: the tries of nobody can be counted.
 */
@Injectable()
export class LoginThrottle {
  constructor(
    @Inject(ENV) private readonly env: Env,
    @Inject(COMMANDS) private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {}

  /** Counts a try. Throws `rate_limit.exceeded` with the seconds to wait, or `unavailable` without Redis. */
  async take(attempt: Attempt): Promise<void> {
    if (this.env.RATE_LIMIT_DISABLED) return;
    const kinds = this.kindsFor(attempt);
    const limits = kinds.flatMap((kind) => [PATIENCE[kind].free, PATIENCE[kind].longestSeconds]);
    const keys = kinds.map((kind) => this.keyOf(kind, attempt));
    const wait = Number(await this.redis.eval(TAKE, keys.length, ...keys, FORGET_SECONDS, ...limits));
    if (wait > 0) throw RateLimited({ retry_after: Math.ceil(wait / 1000) });
  }

  /** The try was good: what was counted for the account is forgotten, and the network gets its try back. */
  async forgive(attempt: Attempt): Promise<void> {
    if (this.env.RATE_LIMIT_DISABLED) return;
    const [network, ...others] = this.kindsFor(attempt).map((kind) => this.keyOf(kind, attempt));
    await this.redis.multi().del(others).hincrby(network!, 'tries', -1).expire(network!, FORGET_SECONDS).exec();
  }

  private kindsFor = ({ known }: Attempt): Kind[] => ['network', 'pair', ...(known ? [] : (['account'] as const))];

  private keyOf(kind: Kind, { account, ip }: Attempt): string {
    const of = { pair: [account, networkOf(ip)], account: [account], network: [networkOf(ip)] }[kind];
    return this.keys
      .partitionOf('login')
      .key('login', kind, createHash('sha256').update(of.join('\0')).digest('base64url'));
  }
}
