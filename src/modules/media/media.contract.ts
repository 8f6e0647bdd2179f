import type { Jobs } from 'src/core/contract';
import { z } from 'zod';

export const mediaJobs = {
  /** Removes the pictures of a pack that is gone. */
  'media.remove_pictures': { queue: 'events', data: z.object({ keys: z.array(z.string()) }) },
} satisfies Jobs;
