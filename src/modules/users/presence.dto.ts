import { instant } from 'src/core/fields/fields';
import type { Status } from 'src/core/realtime/presence';
import type { User } from 'src/modules/users/users.entities';
import { z } from 'zod';

/** Whether somebody is there. `last_seen` is when his last connection ended. */
export const PresenceView = z.object({
  status: z.enum(['online', 'away', 'offline']),
  is_online: z.boolean().describe('Online or away.'),
  last_seen: instant().nullable(),
});
export type PresenceView = z.infer<typeof PresenceView>;

/** What the status of somebody's connections and his own choice come to. Pure. */
export function shownStatus(chosen: Status, connected: Status): Status {
  if (chosen === 'offline' || connected === 'offline') return 'offline';
  return chosen === 'away' ? 'away' : connected;
}

/** `visible` is false for those to whom he does not show when he is there. */
export function toPresenceView(
  { chosenStatus, lastSeen }: Pick<User, 'chosenStatus' | 'lastSeen'>,
  connected: Status,
  visible: boolean,
): PresenceView {
  const status = visible ? shownStatus(chosenStatus, connected) : 'offline';
  const seen = visible ? lastSeen : null;
  return { status, is_online: status !== 'offline', last_seen: seen?.toISOString() ?? null };
}
