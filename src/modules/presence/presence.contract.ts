import type { Jobs, Pushes, Requests } from 'src/core/contract';
import { PresenceView } from 'src/modules/users/presence.dto';
import { PersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

const SWEEP_MS = 10_000;

export const presenceJobs = {
  'presence.sweep': { queue: 'clock', data: z.object({}), every: SWEEP_MS, attempts: 1 },
} satisfies Jobs;

const Status = z.enum(['online', 'away']);

export const presenceRequests = {
  set_status: {
    about: 'Whether the user is at this device. He is away when all his connections say so.',
    body: z.object({ status: Status }),
    ack: z.object({ status: Status }),
  },
} satisfies Requests;

export const presencePushes = {
  user_updated: {
    about:
      'You, or somebody who shares a chat with you, has another name, username or picture. It has no number: whoever was away finds both in what he fetches.',
    body: PersonView,
  },
  user_status: {
    about: 'Somebody who shares a chat with you has come, gone or stepped away, as far as he lets you see it.',
    body: PresenceView.extend({ user_id: z.uuid() }),
  },
} satisfies Pushes;
