import type { Facts, Jobs, Pushes } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { MOST_AT_ONCE } from 'src/modules/push/push.transport';
import { z } from 'zod';

const Notifications = z.object({ notification_ids: z.array(id()).max(MOST_AT_ONCE) });

/** One is there, some are read, or some are not there any more. */
const InboxChange = z.enum(['added', 'read', 'removed']);

export const pushFacts = {
  /** The list of notifications of each of these is other than it was. */
  'push.inbox_changed': z.object({ user_ids: z.array(z.uuid()), change: InboxChange }),
} satisfies Facts;

export const pushPushes = {
  notifications_changed: {
    about:
      'Your list of notifications (`GET /push-notifications`) has changed: one was `added`, some were `read`, on this device or another or ' +
      'because what they tell of was seen, or what some told is taken back and `removed`. Fetch it anew, with `unread_count`, if you show ' +
      'it; and when you have connected, for this is not told later. What becomes of one on the devices (sent, delivered) is not told.',
    body: z.object({ change: InboxChange }),
  },
} satisfies Pushes;

export const pushJobs = {
  'push.deliver': { queue: 'fast', data: Notifications },
  'push.take_back': { queue: 'fast', data: Notifications },
  'push.forget_old': { queue: 'upkeep', data: z.object({}), every: 3_600_000 },
} satisfies Jobs;
