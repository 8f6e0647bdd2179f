import { Inject, Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { ENV, type Env } from 'src/config/env';
import { RateLimited } from 'src/core/errors/common.errors';
import type { RateLimitRule } from 'src/core/http/decorators';
import { COMMANDS } from 'src/core/redis/tokens';
import { RedisKeys } from 'src/core/redis/keys';

/** What is left of a caller's allowance. */
export interface Allowance {
  limit: number;
  remaining: number;
  /** Whole seconds until the allowance is full again. */
  resetSeconds: number;
}

/** Counts in Redis, so that all nodes count together; while Redis is away each node counts for itself. */
@Injectable()
export class RateLimits {
  private readonly limiters = new Map<string, RateLimiterRedis>();

  constructor(
    @Inject(ENV) private readonly env: Env,
    @Inject(COMMANDS) private readonly redis: Redis,
    private readonly keys: RedisKeys,
  ) {}

  /** Takes one from the caller's allowance. Throws `rate_limit.exceeded`, with the seconds to wait, when there is none. */
  async consume(rule: RateLimitRule, caller: string): Promise<Allowance> {
    if (this.env.RATE_LIMIT_DISABLED) return { limit: rule.points, remaining: rule.points, resetSeconds: 0 };
    try {
      const state = await this.limiter(rule).consume(caller);
      return { limit: rule.points, remaining: state.remainingPoints, resetSeconds: seconds(state) };
    } catch (state) {
      if (state instanceof RateLimiterRes)
        throw RateLimited({ limit: rule.points, retry_after: Math.max(1, seconds(state)) });
      throw state;
    }
  }

  private limiter(rule: RateLimitRule): RateLimiterRedis {
    const keyPrefix = this.keys.shared('rate_limit', rule.name);
    let limiter = this.limiters.get(keyPrefix);
    if (!limiter) {
      const limits = { keyPrefix, points: rule.points, duration: rule.seconds };
      const insuranceLimiter = new RateLimiterMemory(limits);
      limiter = new RateLimiterRedis({
        ...limits,
        storeClient: this.redis,
        insuranceLimiter,
        rejectIfRedisNotReady: true,
      });
      this.limiters.set(keyPrefix, limiter);
    }
    return limiter;
  }
}

const seconds = (state: RateLimiterRes) => Math.ceil(state.msBeforeNext / 1000);
