import type { Facts, Jobs, Pushes } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { BroadcastView } from 'src/modules/push/broadcasts.dto';
import { z } from 'zod';

const MINUTE_MS = 60_000;

export const broadcastFacts = {
  /** Some more people have been told, or it was paused, resumed, cancelled or done. */
  'broadcast.progressed': z.object({ broadcast_id: id() }),
} satisfies Facts;

export const broadcastPushes = {
  broadcast_progress: {
    about: 'How far a broadcast is, some hundred people after the last time. For admins.',
    body: BroadcastView,
  },
} satisfies Pushes;

export const broadcastJobs = {
  /** Tells the next people of a part of a broadcast; `after` is where it stood when this was called for. */
  'push.broadcast': { queue: 'slow', data: z.object({ part_id: id(), after: z.uuid().nullable() }) },
  'push.resume_broadcasts': { queue: 'upkeep', data: z.object({}), every: 5 * MINUTE_MS },
} satisfies Jobs;
