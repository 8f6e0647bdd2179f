import type { Facts, Jobs } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { z } from 'zod';

export const fileFacts = {
  /** Its bytes are durable. */
  'file.stored': z.object({ file_id: id() }),
  /** Its owner took it back; whoever shows it should stop. */
  'file.deleted': z.object({ file_id: id() }),
} satisfies Facts;

export const fileJobs = {
  /** Removes those of the files that nothing refers to. */
  'files.collect': { queue: 'events', data: z.object({ file_ids: z.array(id()) }) },
  /** Removes the bytes of a deleted file. */
  'files.remove': { queue: 'events', data: z.object({ file_id: id() }) },
} satisfies Jobs;
