import { instant } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import type { ParticipantRow } from 'src/modules/chats/participants.repository';
import { PresenceView } from 'src/modules/users/presence.dto';
import { PersonView, personOfRow } from 'src/modules/users/users.dto';
import { z } from 'zod';

const ADDED_AT_ONCE = 100;

const role = () => z.enum(['owner', 'admin', 'member']);

const EXAMPLE = {
  id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
  username: 'ana',
  display_name: 'Ana',
  avatar_url: null,
  user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
  role: 'owner',
  joined_at: '2026-01-31T09:30:00.000Z',
  last_read_seq: 3,
  last_delivered_seq: 3,
};

/** Who takes part, as all in the chat see him. */
export const MemberView = PersonView.extend({
  user_id: z.uuid(),
  role: role(),
  joined_at: instant(),
  last_read_seq: z
    .int()
    .nullable()
    .describe('Null if one of you keeps to himself what he has read, or, in a private chat, has blocked the other.'),
  last_delivered_seq: z.int().describe('0 in a private chat, while one of you has blocked the other.'),
}).meta({
  id: 'Member',
  example: EXAMPLE,
});
export type MemberView = z.infer<typeof MemberView>;

/** The same as one viewer sees him: with whether he is there, if he lets the viewer see it. */
export const ParticipantView = MemberView.extend(PresenceView.shape).meta({
  id: 'Participant',
  example: { ...EXAMPLE, status: 'online', is_online: true, last_seen: null },
});
export type ParticipantView = z.infer<typeof ParticipantView>;

export const ParticipantListView = listView('participants', ParticipantView).meta({ id: 'ParticipantList' });
export type ParticipantListView = z.infer<typeof ParticipantListView>;

export const AddParticipants = z
  .object({ user_ids: z.array(z.uuid()).min(1).max(ADDED_AT_ONCE) })
  .meta({ id: 'AddParticipants', example: { user_ids: ['0199c5a0-8f41-7c02-a3d5-51b7f0a9c322'] } });
export type AddParticipants = z.infer<typeof AddParticipants>;

export const ChangeParticipant = z
  .object({ role: role().describe('`owner` hands the group over; who owned it becomes an admin.') })
  .meta({ id: 'ChangeParticipant', example: { role: 'admin' } });
export type ChangeParticipant = z.infer<typeof ChangeParticipant>;

/** The body of a change as those are told it who don't see what others read; undefined if it does not show that. */
export function hidingReads<Body extends object>(body: Body): Body | undefined {
  const hidden = (member: MemberView): MemberView => ({ ...member, last_read_seq: null });
  if ('participants' in body) return { ...body, participants: (body.participants as MemberView[]).map(hidden) };
  if ('participant' in body) return { ...body, participant: hidden(body.participant as MemberView) };
  return undefined;
}

export const toMemberView = (row: ParticipantRow): MemberView => ({
  ...personOfRow(row),
  user_id: row.user_id,
  role: row.role,
  joined_at: row.joined_at.toISOString(),
  last_read_seq: row.shows_read && !row.is_parted ? row.last_read_seq : null,
  last_delivered_seq: row.is_parted ? 0 : row.last_delivered_seq,
});
