import { id, idParam, instant, instantInput, text } from 'src/core/fields/fields';
import { listView, PageQuery } from 'src/core/http/paging';
import { CALL_TYPES } from 'src/modules/calls/calls.entities';
import { CALL_STATUSES, END_REASONS, PART_STATUSES } from 'src/modules/calls/calls.machine';
import type { CallRow, PartRow } from 'src/modules/calls/calls.repository';
import { PersonView, shownName, personOfRow } from 'src/modules/users/users.dto';
import { z } from 'zod';

/** As many as fit into a call. */
export const LARGEST_CALL = 50;

const people = () =>
  z
    .array(z.uuid())
    .min(1)
    .max(LARGEST_CALL - 1);
const media = {
  is_muted: z.boolean().optional(),
  is_video_enabled: z.boolean().optional().describe('At first: on in video calls.'),
};

/** Whom: one person, several, or (some of) the members of a chat. */
export const InitiateCall = z
  .object({
    callee_id: z.uuid().optional(),
    callee_ids: people().optional(),
    chat_id: id().optional().describe('Calls the others in this chat, or those of them that are named.'),
    call_type: z.enum(CALL_TYPES).default('video'),
    is_group_call: z.boolean().optional().describe('Several people make a group call anyway.'),
    ...media,
  })
  .meta({
    id: 'InitiateCall',
    example: { callee_id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322', call_type: 'video' },
  });
export type InitiateCall = z.infer<typeof InitiateCall>;

export const AnswerCall = z
  .object({ accept: z.boolean().default(true).describe('false declines.'), ...media })
  .meta({ id: 'AnswerCall', example: { is_video_enabled: true } });
export type AnswerCall = z.infer<typeof AnswerCall>;

export const JoinCall = z.object(media).meta({ id: 'JoinCall', example: { is_muted: true } });
export type JoinCall = z.infer<typeof JoinCall>;

export const DeclineCall = z
  .object({
    reason: text({ max: 100 }).optional().describe('For the others to read; `busy` counts as busy.'),
  })
  .meta({ id: 'DeclineCall', example: { reason: 'In a meeting' } });
export type DeclineCall = z.infer<typeof DeclineCall>;

export const EndCall = z
  .object({
    for_all: z.boolean().default(false).describe('Of a group call, by who began it: for everybody.'),
    end_reason: z.enum(['hung_up', 'failed']).catch('hung_up').optional().describe('`failed`: no media came through.'),
  })
  .meta({ id: 'EndCall', example: { end_reason: 'hung_up' } });
export type EndCall = z.infer<typeof EndCall>;

export const AddToCall = z
  .object({ user_ids: people() })
  .meta({ id: 'AddToCall', example: { user_ids: ['0199c5a0-8f41-7c02-a3d5-51b7f0a9c322'] } });
export type AddToCall = z.infer<typeof AddToCall>;

/** What is left out stays as it is. */
export const UpdatePart = z
  .object({ is_muted: z.boolean().optional(), is_video_enabled: z.boolean().optional() })
  .meta({ id: 'UpdateCallParticipant', example: { is_muted: true } });
export type UpdatePart = z.infer<typeof UpdatePart>;

export const RateCall = z
  .object({ rating: z.int().min(1).max(5).describe('Of picture and sound, 5 is best.') })
  .meta({ id: 'RateCall', example: { rating: 5 } });
export type RateCall = z.infer<typeof RateCall>;

/** Of a call, or of what is told of it. */
export const revision = () =>
  z
    .int()
    .describe('Grows with every change of the call: what you hold with a higher one is newer.')
    .meta({ example: 4 });

export const CallPartView = PersonView.extend({
  id: id(),
  call_id: id(),
  user_id: z.uuid(),
  status: z.enum(PART_STATUSES),
  is_muted: z.boolean(),
  is_video_enabled: z.boolean(),
  agora_uid: z.int().describe('His number in the media transport.'),
  invited_at: instant(),
  joined_at: instant().nullable(),
  left_at: instant().nullable(),
  decline_reason: z.string().nullable(),
}).meta({ id: 'CallParticipant' });
export type CallPartView = z.infer<typeof CallPartView>;

export const toPartView = (row: PartRow): CallPartView => ({
  ...personOfRow(row),
  id: row.id,
  call_id: row.call_id,
  user_id: row.user_id,
  status: row.status,
  is_muted: row.is_muted,
  is_video_enabled: row.is_video_enabled,
  agora_uid: row.uid,
  invited_at: row.invited_at.toISOString(),
  joined_at: row.joined_at?.toISOString() ?? null,
  left_at: row.left_at?.toISOString() ?? null,
  decline_reason: row.decline_reason,
});

/** What a participant has made of his own part. */
export const UpdatedPartView = CallPartView.extend({ revision: revision() }).meta({ id: 'UpdatedCallParticipant' });
export type UpdatedPartView = z.infer<typeof UpdatedPartView>;

/** A call as everybody in it sees it. */
export const CallView = z
  .object({
    id: id(),
    call_id: id().describe('The same as `id`.'),
    revision: revision(),
    channel_name: z.string(),
    call_type: z.enum(CALL_TYPES),
    status: z.enum(CALL_STATUSES),
    is_group_call: z.boolean(),
    chat_id: id().nullable(),
    caller_id: z.uuid(),
    callee_id: z.uuid().nullable().describe('Of a call of two.'),
    caller_name: z.string().nullable(),
    initiated_at: instant(),
    rings_until: instant().nullable().describe('When who has not answered will have missed it.'),
    answered_at: instant().nullable(),
    ended_at: instant().nullable(),
    ended_by: z.uuid().nullable(),
    end_reason: z.enum(END_REASONS).nullable(),
    duration: z.int().nullable().describe('Seconds from the first answer to the end.'),
    participants: z.array(CallPartView),
  })
  .meta({ id: 'Call' });
export type CallView = z.infer<typeof CallView>;

export function toCallView(call: CallRow, parts: PartRow[]): CallView {
  const caller = parts.find(({ user_id }) => user_id === call.initiated_by);
  const callee = call.is_group ? undefined : parts.find((part) => part !== caller);
  const rings = parts.flatMap(({ rings_until, status }) =>
    rings_until && (status === 'invited' || status === 'ringing') ? [rings_until.toISOString()] : [],
  );
  return {
    id: call.id,
    call_id: call.id,
    revision: call.revision,
    channel_name: call.channel_name,
    call_type: call.call_type,
    status: call.status,
    is_group_call: call.is_group,
    chat_id: call.chat_id,
    caller_id: call.initiated_by,
    callee_id: callee?.user_id ?? null,
    caller_name: caller ? shownName(caller.display_name ?? caller.username) : null,
    initiated_at: call.started_at.toISOString(),
    rings_until: rings.sort().at(-1) ?? null,
    answered_at: call.answered_at?.toISOString() ?? null,
    ended_at: call.ended_at?.toISOString() ?? null,
    ended_by: call.ended_by,
    end_reason: call.end_reason,
    duration: call.duration,
    participants: parts.map(toPartView),
  };
}

/** What has become of a call. */
export const CallOutcome = CallView.pick({
  call_id: true,
  revision: true,
  chat_id: true,
  call_type: true,
  status: true,
  is_group_call: true,
  caller_id: true,
  end_reason: true,
  initiated_at: true,
  duration: true,
}).extend({ participants: z.array(z.object({ user_id: z.uuid(), status: z.enum(PART_STATUSES) })) });
export type CallOutcome = z.infer<typeof CallOutcome>;

export const toCallOutcome = (call: CallView): CallOutcome => ({
  call_id: call.id,
  revision: call.revision,
  chat_id: call.chat_id,
  call_type: call.call_type,
  status: call.status,
  is_group_call: call.is_group_call,
  caller_id: call.caller_id,
  end_reason: call.end_reason,
  initiated_at: call.initiated_at,
  duration: call.duration,
  participants: call.participants.map(({ user_id, status }) => ({ user_id, status })),
});

export const IceServer = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
});
export type IceServer = z.infer<typeof IceServer>;

/** What `new RTCPeerConnection(…)` takes. */
export const IceServersView = z
  .object({
    iceServers: z.array(IceServer),
    ice_servers: z.array(IceServer).describe('The same as `iceServers`.'),
    iceCandidatePoolSize: z.int(),
    expires_at: instant().nullable().describe('Until when the credentials are good; null if none need any.'),
  })
  .meta({ id: 'IceServers' });
export type IceServersView = z.infer<typeof IceServersView>;

/** What a participant needs for the media. */
export const TicketView = z
  .object({
    transport: z.enum(['agora', 'webrtc']).describe('webrtc: from peer to peer, by `call_signal`.'),
    channel_name: z.string(),
    uid: z.int(),
    app_id: z.string().nullable().describe('Of Agora.'),
    token: z.string().nullable().describe('Of Agora: for this channel and uid only.'),
    expires_at: instant().nullable(),
    ice_servers: z.array(IceServer).describe('Of WebRTC.'),
  })
  .meta({ id: 'CallToken' });
export type TicketView = z.infer<typeof TicketView>;

/** A call and, for who takes part in it, what he needs for the media. */
export const JoinedCallView = CallView.extend({
  transport: TicketView.shape.transport,
  uid: TicketView.shape.uid.nullable(),
  app_id: TicketView.shape.app_id,
  token: TicketView.shape.token,
  token_expires_at: instant().nullable(),
  ice_servers: TicketView.shape.ice_servers,
}).meta({ id: 'JoinedCall' });
export type JoinedCallView = z.infer<typeof JoinedCallView>;

/** A call in somebody's own list. */
export const HistoryView = CallView.extend({
  direction: z.enum(['incoming', 'outgoing']),
  my_status: z.enum(PART_STATUSES),
  on_this_device: z.boolean().describe('The caller is in it with the device that asks, and not with another.'),
  quality_rating: z.int().min(1).max(5).nullable().describe('The caller’s own rating.'),
}).meta({ id: 'CallHistoryEntry' });
export type HistoryView = z.infer<typeof HistoryView>;

export const HistoryQuery = PageQuery.extend({
  call_type: z.enum(CALL_TYPES).optional(),
  status: z.enum(CALL_STATUSES).optional(),
  direction: z.enum(['incoming', 'outgoing']).optional(),
  missed: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('true: calls that the caller did not answer.'),
  chat_id: idParam().optional(),
  start_time: instantInput().optional(),
  end_time: instantInput().optional(),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;

export const HistoryListView = listView('calls', HistoryView).meta({ id: 'CallHistory' });
export type HistoryListView = z.infer<typeof HistoryListView>;

export const ActiveCallsView = z.object({ calls: z.array(HistoryView) }).meta({ id: 'ActiveCalls' });
export type ActiveCallsView = z.infer<typeof ActiveCallsView>;

export const StatsQuery = z.object({ days: z.coerce.number().int().min(1).max(365).default(30) });
export type StatsQuery = z.infer<typeof StatsQuery>;

export const StatsView = z
  .object({
    days: z.int(),
    total_calls: z.int(),
    total_video_calls: z.int(),
    total_audio_calls: z.int(),
    total_duration: z.int().describe('Seconds, of the calls that the caller took part in.'),
    average_duration: z.number().describe('Seconds, of those that were answered.'),
    successful_calls: z.int().describe('Answered, with the caller in them.'),
    missed_calls: z.int().describe('Incoming ones that the caller missed.'),
    declined_calls: z.int().describe('Incoming ones that he declined, and outgoing ones that were.'),
  })
  .meta({ id: 'CallStats' });
export type StatsView = z.infer<typeof StatsView>;
