import { Inject, Injectable, Logger } from '@nestjs/common';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import { setTimeout } from 'node:timers/promises';
import { ENV, type Env } from 'src/config/env';
import { jobs, type JobName } from 'src/contracts';
import type { JobSpec } from 'src/core/contract';
import { DEFAULT_TENANT, runInContext } from 'src/core/context/context';
import { newTraceId } from 'src/core/context/trace-id';
import { AppError } from 'src/core/errors/app-error';
import { I18n } from 'src/core/i18n/i18n';
import { BACKOFF, retryAfter } from 'src/core/jobs/attempts';
import { FailingSchedules } from 'src/core/jobs/failing-schedules';
import { NotYet } from 'src/core/jobs/jobs';
import { Outbox } from 'src/core/jobs/outbox';
import { queuePrefix, QUEUE_NAMES, QUEUES, rowIdOf, type Dispatch } from 'src/core/jobs/queues';
import { OutboxRelay } from 'src/core/jobs/relay';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { Metrics } from 'src/core/metrics/metrics';
import { RedisConnections } from 'src/core/redis/redis';
import { RedisKeys } from 'src/core/redis/keys';
import type { RedisClient } from 'src/core/redis/tokens';
import { prettifyError, ZodError } from 'zod';

const SCHEDULE_AGAIN_MS = 60_000;
/** BullMQ waits for ever for a line to a cluster that was lost while it waited for work there. */
const LOST_LINE_MS = 2000;

/** Does the work: one BullMQ worker for each queue. A job leaves the outbox when it is done, and is parked there when it is given up. */
@Injectable()
export class JobRunner {
  private readonly logger = new Logger('JobRunner');
  private workers: Worker<Dispatch>[] = [];
  private readonly running = new Set<Promise<void>>();
  private timer?: NodeJS.Timeout;
  private connection?: RedisClient;

  constructor(
    private readonly registry: WorkRegistry,
    private readonly relay: OutboxRelay,
    private readonly outbox: Outbox,
    private readonly failing: FailingSchedules,
    private readonly connections: RedisConnections,
    private readonly keys: RedisKeys,
    private readonly metrics: Metrics,
    private readonly i18n: I18n,
    @Inject(ENV) private readonly env: Pick<Env, 'JOB_LOCK_MS'>,
  ) {}

  async start() {
    const connection = (this.connection = await this.connections.forListening('workers'));
    this.workers = QUEUE_NAMES.map((name) => {
      const worker = new Worker<Dispatch>(name, (job) => this.run(job), {
        connection,
        prefix: queuePrefix(this.keys, name),
        concurrency: QUEUES[name].concurrency,
        lockDuration: this.env.JOB_LOCK_MS,
        stalledInterval: (this.env.JOB_LOCK_MS * 2) / 3,
        maxStalledCount: 5,
        settings: { backoffStrategy: (attempts) => retryAfter(attempts) },
      });
      // One that has brought down its workers time and again is failed by BullMQ without being run.
      worker.on('failed', (job) => job?.deferredFailure && this.giveUp(job, job.deferredFailure));
      worker.on('error', (error) => this.logger.warn(`queue ${name}: ${error.message}`));
      return worker;
    });
    await this.schedule();
    this.timer = setInterval(() => void this.schedule().catch(() => undefined), SCHEDULE_AGAIN_MS);
  }

  /** Takes no new work and waits for what is under way. */
  async stop() {
    clearInterval(this.timer);
    const closed = Promise.all(this.workers.map((worker) => worker.close()));
    await Promise.race([closed, this.idle().then(() => setTimeout(LOST_LINE_MS, undefined, { ref: false }))]);
  }

  /** Registers the repeated jobs. Must run every minute: Redis may have come back empty, or a clock have been set. */
  async schedule() {
    const repeated = (Object.keys(jobs) as JobName[]).flatMap((name) => {
      const { every, queue, attempts = 1 } = jobs[name] as JobSpec; // it comes again anyway
      return every ? [{ name, every, queue, attempts }] : [];
    });
    const now = await this.redisNow();
    for (const [name, queue] of this.relay.queues)
      for (const { key, next } of await queue.getJobSchedulers()) {
        const job = repeated.find((one) => one.name === key && one.queue === name);
        if (!job || isAstray(next, job.every, now)) await queue.removeJobScheduler(key);
      }
    for (const { name, every, queue, attempts } of repeated) {
      const data = { handler: name, payload: {}, tenantId: DEFAULT_TENANT, traceId: newTraceId() };
      const opts = { attempts, backoff: { type: BACKOFF }, removeOnComplete: true, removeOnFail: true };
      await this.relay.queues.get(queue)!.upsertJobScheduler(name, { every }, { name, data, opts });
    }
  }

  /** Unix time (ms) by Redis's clock, for this process's own may be the one that is wrong. */
  private async redisNow(): Promise<number> {
    const [seconds] = await this.connection!.time();
    return Number(seconds) * 1000;
  }

  private giveUp(job: Job<Dispatch>, reason: string) {
    const row = rowIdOf(job.id);
    this.logger.error(`${job.name} given up: ${reason}`);
    // if that fails too, the relay hands it over again, and it comes back here
    if (row !== undefined) this.outbox.park(row, job.attemptsStarted, reason).catch(() => undefined);
  }

  private async idle() {
    while (this.running.size) await Promise.allSettled(this.running);
  }

  private async run(job: Job<Dispatch>) {
    const work = this.work(job);
    this.running.add(work);
    await work.finally(() => this.running.delete(work));
  }

  private async work(job: Job<Dispatch>) {
    // Redis kept the id and lost the rest. The work is still in the outbox, whence the relay hands it over again.
    if (!job.data.handler) throw new UnrecoverableError(`job ${job.id} has lost its data`);
    const { handler: name, payload, tenantId, traceId } = job.data;
    const row = rowIdOf(job.id);
    const stop = this.metrics.jobSeconds.startTimer({ handler: name });
    await runInContext({ tenantId, traceId, language: this.i18n.fallback }, async () => {
      try {
        const handler = this.registry.get(name);
        // while versions change, another worker may be of the one that called for it
        if (!handler) throw new NotYet(`nothing handles ${name}`);
        await handler.run(payload);
        if (row !== undefined) await this.outbox.remove(row);
        else await this.failing.succeeded(name).catch(() => undefined);
        stop({ outcome: 'done' });
      } catch (error) {
        const final = isFinal(error, job);
        stop({ outcome: final ? 'parked' : 'retried' });
        if (error instanceof NotYet && !final) this.logger.debug(`${name} is put off: ${error.message}`);
        else this.logger.error(`${name} failed (attempt ${job.attemptsMade + 1}${final ? ', given up' : ''})`, error);
        if (final && row !== undefined) await this.outbox.park(row, job.attemptsStarted, reasonOf(error));
        else if (final) await this.failing.failed(name, reasonOf(error)).catch(() => undefined);
        throw isHopeless(error) ? new UnrecoverableError(String(error)) : error;
      }
    });
  }
}

/**
 * A worker whose clock was ahead has said when a repeated job comes next: later than any whose clock is right would. Then it would come
 * neither when that clock is set nor to the workers that are left, for as long as it was ahead.
 */
const isAstray = (next: number | undefined, every: number, now: number) =>
  next !== undefined && next - now > every * 2 + SCHEDULE_AGAIN_MS;

/** For an admin to read. */
const reasonOf = (error: unknown) => (error instanceof ZodError ? prettifyError(error) : String(error));

/** Not so what an outside world did not do for us: it may later. */
const isHopeless = (error: unknown) =>
  error instanceof UnrecoverableError || (error instanceof AppError && error.status < 500);

const isFinal = (error: unknown, job: Job) => isHopeless(error) || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
