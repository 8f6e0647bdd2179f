import type { Jobs } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { z } from 'zod';

export const pushJobs = {
  'push.deliver': { queue: 'fast', data: z.object({ notification_id: id() }) },
  'push.take_back': { queue: 'fast', data: z.object({ notification_id: id() }) },
} satisfies Jobs;
