import { numbered, type Facts, type Jobs, type Pushes } from 'src/core/contract';
import { instant } from 'src/core/fields/fields';
import { z } from 'zod';

export const userFacts = {
  /** The status a user chose, or who may see it. */
  'user.presence_changed': z.object({ user_id: z.uuid() }),
  /** How a user is shown to others: his name or picture. */
  'user.renamed': z.object({ user_id: z.uuid() }),
  'user.blocked': z.object({ user_id: z.uuid(), other_id: z.uuid(), since: instant().optional() }),
  'user.unblocked': z.object({ user_id: z.uuid(), other_id: z.uuid() }),
} satisfies Facts;

export const userJobs = {
  /** What people are found by, where it is missing. */
  'users.fill_terms': { queue: 'upkeep', data: z.object({}), every: 60_000 },
  'users.forget_names': { queue: 'upkeep', data: z.object({}), every: 3_600_000 },
} satisfies Jobs;

/** What of somebody's account has changed, by where he reads it. */
const AccountPart = z.enum(['profile', 'privacy', 'notifications', 'security', 'stickers', 'location', 'geofences']);

export const userPushes = {
  account_changed: {
    about:
      'Something of your account has changed, on this device or another. Fetch anew, if you show it: `profile` (`GET /profile`; name and ' +
      'picture are told as `user_updated` too), `privacy` (`GET /settings/privacy`, and your chats: with `read_receipts` changes what you ' +
      'see of others), `notifications` (`GET /profile/notification-preferences`), `security` (`GET /settings/security`), `stickers` (`GET ' +
      '/media/stickers/favorites`), `location` (`GET /location/settings`, `/location/private-places`, `/location/nearby/visibility`), ' +
      '`geofences` (`GET /location/geofences`: those that you have drawn).',
    body: numbered(z.object({ part: AccountPart })),
  },
  block_changed: {
    about: 'You have blocked or unblocked somebody, on this device or another.',
    body: numbered(z.object({ user_id: z.uuid(), is_blocked: z.boolean() })),
  },
} satisfies Pushes;
