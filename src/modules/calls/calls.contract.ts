import { numbered, type Facts, type Jobs, type Pushes, type Requests } from 'src/core/contract';
import { id, instant } from 'src/core/fields/fields';
import {
  AnswerCall,
  CallOutcome,
  CallPartView,
  CallView,
  DeclineCall,
  EndCall,
  InitiateCall,
  JoinCall,
  JoinedCallView,
  revision,
  UpdatedPartView,
  UpdatePart,
} from 'src/modules/calls/calls.dto';
import { CALL_STATUSES, END_REASONS, PART_STATUSES } from 'src/modules/calls/calls.machine';
import { Signal } from 'src/modules/calls/signals.dto';
import { z } from 'zod';

const ROLL_CALL_MS = 5_000;

const CallId = z.object({ call_id: id() });
/** A change of a call, or news of one, with its number. */
const Change = CallId.extend({ revision: revision() });
const status = () => z.enum(CALL_STATUSES);
const part = () => z.enum(PART_STATUSES);

export const callFacts = {
  /**
   * A call has come further, or its people have: `from` is null of what is new. `user_id` and `session_id`: by whom, on which device;
   * `why`: for what people were taken out.
   */
  'call.changed': Change.extend({
    from: status().nullable(),
    to: status(),
    parts: z.array(z.object({ user_id: z.uuid(), from: part().nullable(), to: part() })),
    user_id: z.uuid().nullable(),
    session_id: z.uuid().nullable(),
    why: z.enum(END_REASONS).nullable(),
  }),
  /** People are being called. */
  'call.invited': CallId.extend({ user_ids: z.array(z.uuid()) }),
  /** People’s phones must stop ringing, whatever the reason. `unheard`: those of them of whom no device has said that it rang. */
  'call.quieted': CallId.extend({ user_ids: z.array(z.uuid()), unheard: z.array(z.uuid()).optional() }),
  'call.finished': CallId.extend({ chat_id: id().nullable(), status: status() }),
  /** A participant goes on with another device. */
  'call.handed_over': Change.extend({ user_id: z.uuid(), session_id: z.uuid() }),
  'call.part_updated': Change.extend({ user_id: z.uuid() }),
} satisfies Facts;

export const callJobs = {
  'calls.time_out': { queue: 'clock', data: CallId },
  /** Some seconds after people were called of whom these devices seemed to be there. */
  'calls.wake_unheard': {
    queue: 'clock',
    data: CallId.extend({ user_ids: z.array(z.uuid()), device_ids: z.array(id()) }),
  },
  'calls.roll_call': { queue: 'clock', data: z.object({}), every: ROLL_CALL_MS, attempts: 1 },
} satisfies Jobs;

export const callRequests = {
  call_initiated: {
    about: 'Call somebody, several people, or a chat. Two who call each other at once are in one call.',
    body: InitiateCall,
    ack: JoinedCallView,
  },
  call_ringing: { about: 'This device rings.', body: CallId, ack: CallView },
  call_answered: {
    about: 'Answer on this device (`accept: false` declines). The first device wins.',
    body: CallId.extend(AnswerCall.shape),
    ack: JoinedCallView,
  },
  call_declined: { about: 'Decline, on all devices.', body: CallId.extend(DeclineCall.shape), ack: CallView },
  call_ended: {
    about: 'Hang up: ends a call of two, leaves a group’s, cancels one that nobody has answered.',
    body: CallId.extend(EndCall.shape),
    ack: CallView,
  },
  call_participant_joined: {
    about: 'Come into a call that is going on, later or again; or go on with it on this device.',
    body: CallId.extend(JoinCall.shape),
    ack: JoinedCallView,
  },
  call_participant_left: { about: 'The same as `call_ended`.', body: CallId, ack: CallView },
  call_participant_updated: {
    about: 'Microphone and camera of the caller.',
    body: CallId.extend(UpdatePart.shape),
    ack: UpdatedPartView,
  },
  call_signal: {
    about: 'WebRTC signalling to one who takes part in the same call; it reaches the device he takes part with.',
    body: CallId.extend({ to_user_id: z.uuid(), signal: Signal }),
    ack: CallId,
  },
} satisfies Requests;

const Someone = Change.extend({ user_id: z.uuid() });
/** The call is over for this connection. */
const CallEnded = Change.extend({
  status: status(),
  end_reason: z
    .enum([...END_REASONS, 'answered_elsewhere', 'declined_elsewhere', 'handed_over'])
    .nullable()
    .describe(
      '`…_elsewhere`, `handed_over`: only here; another device of yours has it, or has declined. `removed`: you are in its chat no more.',
    ),
  ended_by: z.uuid().nullable(),
  duration: z.int().nullable().describe('Seconds from the first answer to the end.'),
  ended_at: instant().nullable(),
});

export const callPushes = {
  call_initiated: {
    about:
      'You are being called. Say `call_ringing` when you ring. Of a call that rings already it may come again, before a `sync_needed`.',
    body: CallView,
  },
  call_ringing: { about: 'A device of somebody you call rings.', body: Someone },
  call_answered: {
    about: 'Somebody has answered.',
    body: Someone.extend({ callee_id: z.uuid(), channel_name: z.string(), answered_at: instant().nullable() }),
  },
  call_declined: {
    about: 'Somebody has declined, or is busy.',
    body: Someone.extend({ reason: z.string().nullable().describe('His own words, or `busy`.') }),
  },
  call_ended: {
    about:
      'The call is over, or over for this device: stop ringing, hang up. Before a `sync_needed` it may come of one that you know to be over.',
    body: CallEnded,
  },
  call_logged: {
    about: 'What has become of a call that you had a part in: for the list of calls, also on devices that were away.',
    body: numbered(CallOutcome),
  },
  call_missed: { about: 'You did not answer in time, or the caller gave up.', body: CallView },
  call_participant_joined: { about: 'Somebody has come into the call.', body: Change.extend({ participant: CallPartView }) }, // oxfmt-ignore
  call_participant_left: { about: 'Somebody has left a call that goes on.', body: Someone },
  call_participant_updated: {
    about: 'Somebody’s microphone or camera, or his device (`handed_over`: offer him a new connection).',
    body: Change.extend({ participant: CallPartView, handed_over: z.boolean() }),
  },
  call_signal: {
    about: 'WebRTC signalling from one who takes part in the same call.',
    body: CallId.extend({ from_user_id: z.uuid(), signal: Signal }),
  },
} satisfies Pushes;
