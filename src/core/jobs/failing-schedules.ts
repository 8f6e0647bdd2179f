import { Inject, Injectable } from '@nestjs/common';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { z } from 'zod';

const Failure = z.object({ error: z.string(), failedAt: z.iso.datetime() });

export interface FailingSchedule {
  job: string;
  /** Runs that have failed one after the other. */
  failures: number;
  /** What the last of them failed of. */
  error: string;
  failedAt: Date;
}

/**
 * Repeated jobs whose last runs have failed, in Redis, without which none run. Of them nothing is parked, for the next run does what the
 * last one did not; one that fails each time would be seen only in the log.
 */
@Injectable()
export class FailingSchedules {
  private readonly counts: string;
  private readonly errors: string;

  constructor(
    keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {
    this.counts = keys.shared('schedules', 'failures');
    this.errors = keys.shared('schedules', 'errors');
  }

  async failed(job: string, error: string): Promise<void> {
    const failure: z.infer<typeof Failure> = { error, failedAt: new Date().toISOString() };
    await this.redis.hset(this.errors, job, JSON.stringify(failure));
    await this.redis.hincrby(this.counts, job, 1);
  }

  async succeeded(job: string): Promise<void> {
    if (await this.redis.hdel(this.counts, job)) await this.redis.hdel(this.errors, job);
  }

  /** The longest failing first. */
  async all(): Promise<FailingSchedule[]> {
    const [counts, errors] = await Promise.all([this.redis.hgetall(this.counts), this.redis.hgetall(this.errors)]);
    return Object.entries(counts)
      .flatMap(([job, failures]) => {
        const last = errors[job]; // not there: it has just succeeded
        if (last === undefined) return [];
        const { error, failedAt } = Failure.parse(JSON.parse(last));
        return [{ job, failures: Number(failures), error, failedAt: new Date(failedAt) }];
      })
      .sort((a, b) => b.failures - a.failures);
  }
}
