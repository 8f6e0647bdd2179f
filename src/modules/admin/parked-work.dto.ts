import { id, instant } from 'src/core/fields/fields';
import { listView, PageQuery } from 'src/core/http/paging';
import type { FailingSchedule } from 'src/core/jobs/failing-schedules';
import type { ParkedItem } from 'src/core/jobs/parked-work';
import { QUEUE_NAMES } from 'src/core/jobs/queues';
import { shownData, shownReason } from 'src/modules/admin/job-data';
import { z } from 'zod';

const queue = () => z.enum(QUEUE_NAMES);

export const ParkedWorkQuery = PageQuery.extend({ queue: queue().optional().describe('Only of this queue.') });
export type ParkedWorkQuery = z.infer<typeof ParkedWorkQuery>;

export const RetryAll = z.object({ queue: queue() }).meta({ id: 'RetryAll', example: { queue: 'fast' } });
export type RetryAll = z.infer<typeof RetryAll>;

export const RetriedView = z
  .object({ retried: z.int().describe('How many are tried again.') })
  .meta({ id: 'Retried', example: { retried: 3 } });
export type RetriedView = z.infer<typeof RetriedView>;

export const ParkedWorkView = z
  .object({
    id: id(),
    handler: z.string().describe('What was to be done: a job, or what follows a fact.'),
    queue: queue(),
    reason: z.string().describe('What its last attempt failed of; what may be somebody’s is hidden.'),
    attempts: z.int().describe('How often it was tried.'),
    data: z.unknown().describe('Its numbers, ids, instants and our own words; whatever else is in it is hidden.'),
    trace_id: z.string().describe('Of the request that called for it, as in the log.'),
    created_at: instant(),
    parked_at: instant().describe('Since when it is given up.'),
  })
  .meta({
    id: 'ParkedWork',
    example: {
      id: 4711,
      handler: 'push.deliver',
      queue: 'fast',
      reason: 'Error: the connection was reset',
      attempts: 10,
      data: { notification_ids: [815] },
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      created_at: '2026-01-31T09:30:00.000Z',
      parked_at: '2026-01-31T09:34:12.000Z',
    },
  });
export type ParkedWorkView = z.infer<typeof ParkedWorkView>;

export const ParkedWorkListView = listView('parked_work', ParkedWorkView).meta({ id: 'ParkedWorkList' });
export type ParkedWorkListView = z.infer<typeof ParkedWorkListView>;

export const FailingScheduleView = z
  .object({
    job: z.string(),
    failures: z.int().describe('Runs that have failed one after the other.'),
    reason: z.string().describe('What the last of them failed of; what may be somebody’s is hidden.'),
    failed_at: instant().describe('When that was.'),
  })
  .meta({ id: 'FailingSchedule' });
export const FailingSchedulesView = z.object({ schedules: z.array(FailingScheduleView) }).meta({
  id: 'FailingSchedules',
  example: {
    schedules: [
      {
        job: 'files.sweep_objects',
        failures: 3,
        reason: 'Error: the connection was reset',
        failed_at: '2026-01-31T09:34:12.000Z',
      },
    ],
  },
});
export type FailingSchedulesView = z.infer<typeof FailingSchedulesView>;

export const toFailingScheduleView = ({ job, failures, error, failedAt }: FailingSchedule) => ({
  job,
  failures,
  reason: shownReason(error),
  failed_at: failedAt.toISOString(),
});

export const toParkedWorkView = (item: ParkedItem): ParkedWorkView => ({
  id: item.id,
  handler: item.handler,
  queue: item.queue,
  reason: shownReason(item.error ?? ''),
  attempts: item.attempts,
  data: shownData(item.payload),
  trace_id: item.traceId,
  created_at: item.createdAt.toISOString(),
  parked_at: item.parkedAt.toISOString(),
});
