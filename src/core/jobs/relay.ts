import { Injectable, Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { QueueName } from 'src/core/contract';
import { Database } from 'src/core/database/database';
import { BACKOFF, DEFAULT_ATTEMPTS } from 'src/core/jobs/attempts';
import { Outbox } from 'src/core/jobs/outbox';
import { jobIdOf, QUEUE_NAMES, queuePrefix, type Dispatch } from 'src/core/jobs/queues';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { RedisConnections } from 'src/core/redis/redis';
import { RedisKeys } from 'src/core/redis/keys';
import type { RedisClient } from 'src/core/redis/tokens';

const BATCH = 500;
const LOOK_EVERY_MS = 2000;
const RECOVER_EVERY_MS = 15_000;
const RECOVERED_AT_ONCE = 100;
/** States of a job that will do nothing more; while its row waits, its work is lost ("failed": Redis kept only the job's id). */
const LOST = new Set(['unknown', 'failed', 'completed']);

interface WaitingRow {
  id: number;
  handler: string;
  payload: unknown;
  tenant_id: string;
  trace_id: string;
  delay_ms: number;
}

/**
 * Hands the outbox to BullMQ. Any number may run: rows are taken with SKIP LOCKED. A crash at any point only hands the same row
 * over again, under the same job id, which BullMQ ignores. What Redis has lost is handed over once more.
 */
@Injectable()
export class OutboxRelay {
  readonly queues = new Map<QueueName, Queue<Dispatch>>();
  private readonly logger = new Logger('OutboxRelay');
  private readonly timers: NodeJS.Timeout[] = [];
  private listener?: RedisClient;
  private draining: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly registry: WorkRegistry,
    private readonly connections: RedisConnections,
    private readonly keys: RedisKeys,
  ) {}

  async start() {
    const connection = await this.connections.forCommands('queues');
    for (const name of QUEUE_NAMES) {
      const queue = new Queue<Dispatch>(name, { connection, prefix: queuePrefix(this.keys, name) });
      queue.on('error', () => undefined); // told by the connection, once and not by each queue
      this.queues.set(name, queue);
    }
    this.listener = await this.connections.forListening('outbox');
    this.listener.on('message', () => this.wake());
    await this.listener.subscribe(this.outbox.channel);
    this.outbox.relayedBy(() => this.wake());
    this.timers.push(setInterval(() => this.wake(), LOOK_EVERY_MS));
    this.timers.push(setInterval(() => void this.recover(), RECOVER_EVERY_MS));
    this.wake();
  }

  async stop() {
    this.outbox.relayedBy();
    this.timers.forEach(clearInterval);
    this.listener?.removeAllListeners('message');
    await this.draining;
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  /** Looks at the outbox now, or once more right after the look that is under way. */
  wake() {
    if (this.draining) {
      this.again = true;
      return;
    }
    this.draining = this.drain()
      .catch((error: unknown) => this.logger.error('could not hand over the outbox', error))
      .finally(() => {
        this.draining = undefined;
        if (this.again) {
          this.again = false;
          this.wake();
        }
      });
  }

  /**
   * Hands over again what Redis has lost: work that is overdue by half a minute and that BullMQ doesn't hold. What BullMQ still holds
   * back, though it was never tried, is done now: the clock of who handed it over, or of who is to do it, is wrong, or was.
   */
  async recover() {
    try {
      while ((await this.recoverSome()) > 0) this.wake();
    } catch (error) {
      this.logger.error('could not look for lost work', error);
    }
  }

  private async drain() {
    while ((await this.handOver()) === BATCH);
  }

  private async handOver(): Promise<number> {
    return this.db.tx(async () => {
      const rows = await this.db.query<WaitingRow>(
        `UPDATE outbox SET queued_at = now() WHERE id IN (
           SELECT id FROM outbox WHERE queued_at IS NULL AND parked_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id, handler, payload, tenant_id, trace_id,
           greatest(0, extract(epoch FROM run_at - now()) * 1000)::float8 AS delay_ms`,
        [BATCH],
      );
      rows.sort((a, b) => a.id - b.id);
      for (const name of QUEUE_NAMES)
        await this.add(
          name,
          rows.filter(({ handler }) => this.registry.queueOf(handler) === name),
        );
      return rows.length;
    });
  }

  private async add(name: QueueName, rows: WaitingRow[]) {
    if (!rows.length) return;
    await this.queues.get(name)!.addBulk(
      rows.map((row) => ({
        name: row.handler,
        data: { handler: row.handler, payload: row.payload, tenantId: row.tenant_id, traceId: row.trace_id },
        opts: {
          jobId: jobIdOf(row.id),
          delay: Math.round(row.delay_ms),
          attempts: this.registry.get(row.handler)?.attempts ?? DEFAULT_ATTEMPTS,
          backoff: { type: BACKOFF },
          removeOnComplete: true,
          removeOnFail: true,
        },
      })),
    );
  }

  private async recoverSome(): Promise<number> {
    const overdue = await this.db.query<{ id: number; handler: string }>(
      `UPDATE outbox SET queued_at = now() WHERE id IN (
         SELECT id FROM outbox WHERE parked_at IS NULL AND queued_at < now() - interval '30 seconds'
           AND run_at < now() - interval '30 seconds' ORDER BY queued_at LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING id, handler`,
      [RECOVERED_AT_ONCE],
    );
    const lost: number[] = [];
    for (const { id, handler } of overdue) {
      const queue = this.queues.get(this.registry.queueOf(handler))!;
      const state = await queue.getJobState(jobIdOf(id));
      if (state === 'delayed') await promoteUntried(queue, jobIdOf(id));
      if (!LOST.has(state)) continue;
      await queue.remove(jobIdOf(id)); // what may be left of it would make BullMQ ignore its return
      lost.push(id);
    }
    if (lost.length) await this.db.query('UPDATE outbox SET queued_at = NULL WHERE id = ANY($1)', [lost]);
    return lost.length;
  }
}

/** What has failed waits for its next try, be it overdue. */
async function promoteUntried(queue: Queue, jobId: string) {
  const job = await queue.getJob(jobId);
  if (job?.attemptsStarted === 0) await job.promote().catch(() => undefined); // another may have just done it
}
