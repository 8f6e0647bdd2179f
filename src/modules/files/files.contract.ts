import type { Facts, Jobs } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { z } from 'zod';

const MINUTE_MS = 60_000;

export const fileFacts = {
  /** Its bytes are durable. */
  'file.stored': z.object({ file_id: id() }),
  /** A worker has looked into it: now it is ready, or has failed. */
  'file.processed': z.object({ file_id: id() }),
  /** Its owner took it back; whoever shows it should stop. */
  'file.deleted': z.object({ file_id: id() }),
} satisfies Facts;

export const fileJobs = {
  /** Looks into a file, and makes of it what others get to see. */
  'files.process': { queue: 'slow', data: z.object({ file_id: id() }) },
  /** Hashes the bytes of a file that did not pass through us. */
  'files.hash': { queue: 'slow', data: z.object({ file_id: id() }) },
  /** Removes those of the files that nothing refers to. */
  'files.collect': { queue: 'events', data: z.object({ file_ids: z.array(id()) }) },
  /** The same, and lets those that stay not tell any more whose they were. */
  'files.disown': { queue: 'slow', data: z.object({ file_ids: z.array(id()), stand_in_id: z.uuid() }) },
  /** Removes the bytes of a deleted file. */
  'files.remove': { queue: 'events', data: z.object({ file_id: id() }) },
  'files.sweep_rows': { queue: 'upkeep', data: z.object({}), every: 10 * MINUTE_MS },
  'files.sweep_objects': { queue: 'upkeep', data: z.object({}), every: 24 * 60 * MINUTE_MS, attempts: 5 },
} satisfies Jobs;
