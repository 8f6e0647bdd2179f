import { text } from 'src/core/fields/fields';
import type { Status } from 'src/core/realtime/presence';
import { PresenceView, toPresenceView } from 'src/modules/users/presence.dto';
import { maySeePresence, type Relation } from 'src/modules/users/privacy.policy';
import { PersonView, toPersonView } from 'src/modules/users/users.dto';
import type { User } from 'src/modules/users/users.entities';
import { z } from 'zod';

/** What is left out stays as it is; null empties. */
export const SetStatus = z
  .object({
    status: z
      .enum(['online', 'away', 'offline'])
      .optional()
      .describe('What to be shown as while connected; `offline` hides that the user is there.'),
    status_message: text({ max: 140 }).nullable().optional(),
  })
  .meta({ id: 'SetStatus', example: { status: 'away', status_message: 'On the trail' } });
export type SetStatus = z.infer<typeof SetStatus>;

/** What others see of a user, by his privacy. */
export const PublicProfileView = PersonView.extend({
  full_name: z.string(),
  bio: z.string().nullable(),
  status_message: z.string().nullable(),
  ...PresenceView.shape,
}).meta({
  id: 'PublicProfile',
  example: {
    id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
    username: 'ana',
    display_name: 'Ana',
    full_name: 'Ana',
    avatar_url: null,
    bio: null,
    status_message: 'On the trail',
    status: 'online',
    is_online: true,
    last_seen: null,
  },
});
export type PublicProfileView = z.infer<typeof PublicProfileView>;

export function toPublicProfileView(user: User, relation: Relation, connected: Status): PublicProfileView {
  const person = toPersonView(user);
  return {
    ...person,
    full_name: person.display_name,
    bio: user.bio,
    status_message: user.statusMessage,
    ...toPresenceView(user, connected, maySeePresence(user, relation)),
  };
}
