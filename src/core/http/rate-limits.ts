import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { ENV, type Env } from 'src/config/env';
import { GroupCommit, type Outcome } from 'src/core/database/group-commit';
import { RateLimited } from 'src/core/errors/common.errors';
import type { RateLimitRule } from 'src/core/http/decorators';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { RedisKeys } from 'src/core/redis/keys';

/** What is left of a caller's allowance. */
export interface Allowance {
  limit: number;
  remaining: number;
  /** Whole seconds until the allowance is full again. */
  resetSeconds: number;
}

/** Of whose allowance by which rule one is taken. */
export interface Take {
  rule: RateLimitRule;
  caller: string;
}

/** An allowance after one was taken from it, if there was one. */
interface Taken {
  allowed: boolean;
  remainingPoints: number;
  msBeforeNext: number;
}

/** Of one rule. */
interface Limiter {
  shared: RateLimiterRedis;
  /** While Redis is away. */
  here: RateLimiterMemory;
}

/**
 * KEYS are counters; for each, ARGV[1] says, as JSON, how many it allows, for how many seconds, and whose taking it is: of one, nothing
 * more is taken after a refusal. Gives for each counter its count and how long it holds; of what was not taken 0 and 0.
 */
const TAKE = `
  local bounds, taken, refused = cjson.decode(ARGV[1]), {}, nil
  for i, key in ipairs(KEYS) do
    local points, seconds, taking = bounds[3 * i - 2], bounds[3 * i - 1], bounds[3 * i]
    local count, ms = 0, 0
    if taking ~= refused then
      count = redis.call('INCR', key)
      ms = redis.call('PTTL', key)
      if ms < 0 then
        redis.call('EXPIRE', key, seconds)
        ms = seconds * 1000
      end
      if count > points then refused = taking end
    end
    taken[2 * i - 1], taken[2 * i] = count, ms
  end
  return taken`;

/** Counts in Redis, so that all nodes count together; while Redis is away each node counts for itself. */
@Injectable()
export class RateLimits {
  private readonly limiters = this.keys.inEach((partition) => ({ partition, byRule: new Map<string, Limiter>() }));
  /** Those that come at once go to Redis together. */
  private readonly takings = this.keys.inEach(
    () => new GroupCommit<Take[], Taken[]>((takings) => this.countInRedis(takings)),
  );

  constructor(
    @Inject(ENV) private readonly env: Env,
    @Inject(COMMANDS) private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {}

  /** Takes one from the caller's allowance. Throws `rate_limit.exceeded`, with the seconds to wait, when there is none. */
  async consume(rule: RateLimitRule, caller: string): Promise<Allowance> {
    if (this.env.RATE_LIMIT_DISABLED) return { limit: rule.points, remaining: rule.points, resetSeconds: 0 };
    const state = await this.takeOne(rule, caller);
    if (!state.allowed) throw refusal(rule, state);
    return { limit: rule.points, remaining: state.remainingPoints, resetSeconds: seconds(state) };
  }

  /** Takes one from each of the allowances, up to the first where there is none, which is told as `consume` would. */
  async consumeEach(takes: Take[]): Promise<void> {
    if (this.env.RATE_LIMIT_DISABLED) return;
    const taken = await this.takeEach(takes);
    const refused = taken.findIndex(({ allowed }) => !allowed);
    if (refused !== -1) throw refusal(takes[refused]!.rule, taken[refused]!);
  }

  /** Takes one from the caller's allowance; tells whether there was one. */
  async take(rule: RateLimitRule, caller: string): Promise<boolean> {
    return this.env.RATE_LIMIT_DISABLED || (await this.takeOne(rule, caller)).allowed;
  }

  /** How much of the caller's allowance is left. */
  async left(rule: RateLimitRule, caller: string): Promise<number> {
    if (this.env.RATE_LIMIT_DISABLED) return rule.points;
    return (await this.limiter(rule, caller).shared.get(caller))?.remainingPoints ?? rule.points;
  }

  private async takeOne(rule: RateLimitRule, caller: string): Promise<Taken> {
    const takes = [{ rule, caller }];
    try {
      return (await this.takings(caller).submit(takes))[0]!;
    } catch {
      return (await this.countHere(takes))[0]!;
    }
  }

  /** What was taken, to the first refusal. On a cluster the counters may lie in several partitions. */
  private async takeEach(takes: Take[]): Promise<Taken[]> {
    if (this.keys.partitions.length === 1)
      return this.takings('')
        .submit(takes)
        .catch(() => this.countHere(takes));
    const taken: Taken[] = [];
    for (const { rule, caller } of takes) {
      const one = await this.takeOne(rule, caller);
      taken.push(one);
      if (!one.allowed) break;
    }
    return taken;
  }

  private async countInRedis(takings: Take[][]): Promise<Outcome<Taken[]>[]> {
    const keys: string[] = [];
    const bounds: number[] = [];
    takings.forEach((takes, taking) => {
      for (const { rule, caller } of takes) {
        keys.push(this.limiter(rule, caller).shared.getKey(caller));
        bounds.push(rule.points, rule.seconds, taking);
      }
    });
    const counts = (await this.redis.eval(TAKE, keys.length, ...keys, JSON.stringify(bounds))) as number[];
    let at = 0;
    return takings.map((takes) => {
      const value = takes.map(({ rule: { points } }) => {
        const [count, msBeforeNext] = [counts[at++]!, counts[at++]!];
        return { allowed: count <= points, remainingPoints: Math.max(0, points - count), msBeforeNext };
      });
      return { ok: true, value: value.slice(0, value.findIndex(({ allowed }) => !allowed) + 1 || value.length) };
    });
  }

  private async countHere(takes: Take[]): Promise<Taken[]> {
    const taken: Taken[] = [];
    for (const { rule, caller } of takes) {
      const state = await this.limiter(rule, caller)
        .here.consume(caller)
        .then(
          ({ remainingPoints, msBeforeNext }) => ({ allowed: true, remainingPoints, msBeforeNext }),
          ({ msBeforeNext }: RateLimiterRes) => ({ allowed: false, remainingPoints: 0, msBeforeNext }),
        );
      taken.push(state);
      if (!state.allowed) break;
    }
    return taken;
  }

  /** Gives one back to the caller's allowance, for what then did not happen. */
  async giveBack(rule: RateLimitRule, caller: string): Promise<void> {
    if (this.env.RATE_LIMIT_DISABLED) return;
    await this.limiter(rule, caller)
      .shared.reward(caller)
      .catch(() => undefined); // it fills up by itself
  }

  private limiter(rule: RateLimitRule, caller: string): Limiter {
    const { partition, byRule } = this.limiters(caller);
    let limiter = byRule.get(rule.name);
    if (!limiter) {
      const keyPrefix = partition.shared('rate_limit', rule.name);
      const limits = { keyPrefix, points: rule.points, duration: rule.seconds };
      const here = new RateLimiterMemory(limits);
      const options = { storeClient: this.redis, insuranceLimiter: here, rejectIfRedisNotReady: true };
      limiter = { shared: new RateLimiterRedis({ ...limits, ...options }), here };
      byRule.set(rule.name, limiter);
    }
    return limiter;
  }
}

const refusal = (rule: RateLimitRule, state: Taken) =>
  RateLimited({ limit: rule.points, retry_after: Math.max(1, seconds(state)) });

const seconds = (state: Taken) => Math.ceil(state.msBeforeNext / 1000);
