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
    const { allowed, state } = await this.count(rule, caller);
    if (!allowed) throw RateLimited({ limit: rule.points, retry_after: Math.max(1, seconds(state)) });
    return { limit: rule.points, remaining: state.remainingPoints, resetSeconds: seconds(state) };
  }

  /** Takes one from the caller's allowance; tells whether there was one. */
  async take(rule: RateLimitRule, caller: string): Promise<boolean> {
    return this.env.RATE_LIMIT_DISABLED || (await this.count(rule, caller)).allowed;
  }

  /** How much of the caller's allowance is left. */
  async left(rule: RateLimitRule, caller: string): Promise<number> {
    if (this.env.RATE_LIMIT_DISABLED) return rule.points;
    return (await this.limiter(rule).get(caller))?.remainingPoints ?? rule.points;
  }

  private async count(rule: RateLimitRule, caller: string): Promise<{ allowed: boolean; state: RateLimiterRes }> {
    try {
      return { allowed: true, state: await this.limiter(rule).consume(caller) };
    } catch (state) {
      if (state instanceof RateLimiterRes) return { allowed: false, state };
      throw state;
    }
  }

  /** Gives one back to the caller's allowance, for what then did not happen. */
  async giveBack(rule: RateLimitRule, caller: string): Promise<void> {
    if (this.env.RATE_LIMIT_DISABLED) return;
    await this.limiter(rule)
      .reward(caller)
      .catch(() => undefined); // it fills up by itself
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
