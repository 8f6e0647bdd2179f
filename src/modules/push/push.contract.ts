import type { Jobs } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { MOST_AT_ONCE } from 'src/modules/push/push.transport';
import { z } from 'zod';

const Notifications = z.object({ notification_ids: z.array(id()).max(MOST_AT_ONCE) });

export const pushJobs = {
  'push.deliver': { queue: 'fast', data: Notifications },
  'push.take_back': { queue: 'fast', data: Notifications },
  'push.forget_old': { queue: 'upkeep', data: z.object({}), every: 3_600_000 },
} satisfies Jobs;
