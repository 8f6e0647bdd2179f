import type { QueueName } from 'src/core/contract';
import type { RedisKeys } from 'src/core/redis/keys';

/**
 * Queues by temperament: what waits for a network must not hold up what is quick, and a job of minutes none that takes seconds. What
 * happens at a time (a call that nobody takes, a share that ends) is on the `clock`, with nothing beside it that takes longer than
 * moments; whatever goes through tables or files until all is done is `upkeep`. A mail server that takes its time holds up mails alone.
 */
export const QUEUES: Record<QueueName, { concurrency: number }> = {
  events: { concurrency: 16 },
  fast: { concurrency: 32 },
  mail: { concurrency: 4 },
  slow: { concurrency: 2 },
  long: { concurrency: 1 },
  clock: { concurrency: 4 },
  upkeep: { concurrency: 2 },
};

export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/** How BullMQ's keys of the queue begin: all of one queue are in one partition. */
export const queuePrefix = (keys: RedisKeys, name: QueueName): string => keys.partitionOf(name).shared('queue');

/** What travels through Redis; the rest is in the outbox row whose id is in the job's id. */
export interface Dispatch {
  handler: string;
  payload: unknown;
  tenantId: string;
  traceId: string;
}

const ROW = 'row-';
export const jobIdOf = (rowId: number) => `${ROW}${rowId}`;

/** The outbox row of a job; undefined for repeated jobs, which have none. */
export const rowIdOf = (jobId: string | undefined) =>
  jobId?.startsWith(ROW) ? Number(jobId.slice(ROW.length)) : undefined;
