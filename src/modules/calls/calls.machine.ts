/** A call as a whole. The last six are final. */
export const CALL_STATUSES = [
  'initiated',
  'ringing',
  'ongoing',
  'ended',
  'declined',
  'missed',
  'busy',
  'cancelled',
  'failed',
] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];
export type FinalStatus = Exclude<CallStatus, 'initiated' | 'ringing' | 'ongoing'>;

/** One person's part in it. `invited`: called, but no device of his has said yet that it rings. */
export const PART_STATUSES = ['invited', 'ringing', 'joined', 'left', 'declined', 'missed', 'busy'] as const;
export type PartStatus = (typeof PART_STATUSES)[number];

/** What can happen to a call as a whole. */
export const CALL_STEPS = ['ring', 'answer', 'end', 'decline', 'time_out', 'find_busy', 'cancel', 'fail'] as const;
export type CallStep = (typeof CALL_STEPS)[number];

/** What can happen to one person's part. */
export const PART_STEPS = ['invite', 'find_busy', 'ring', 'join', 'decline', 'time_out', 'leave'] as const;
export type PartStep = (typeof PART_STEPS)[number];

/** Every way a call can go; what is not here cannot happen. */
const CALL: Record<CallStatus, Partial<Record<CallStep, CallStatus>>> = {
  initiated: {
    ring: 'ringing',
    answer: 'ongoing',
    decline: 'declined',
    time_out: 'missed',
    find_busy: 'busy',
    cancel: 'cancelled',
    fail: 'failed',
  },
  ringing: {
    answer: 'ongoing',
    decline: 'declined',
    time_out: 'missed',
    find_busy: 'busy',
    cancel: 'cancelled',
    fail: 'failed',
  },
  ongoing: { end: 'ended', fail: 'failed' },
  ended: {},
  declined: {},
  missed: {},
  busy: {},
  cancelled: {},
  failed: {},
};

/** Every way a part can go, as long as the call is not over. */
const AGAIN = { invite: 'invited', join: 'joined' } as const;
const PART: Record<PartStatus, Partial<Record<PartStep, PartStatus>>> = {
  invited: { ring: 'ringing', join: 'joined', decline: 'declined', find_busy: 'busy', time_out: 'missed' },
  ringing: { join: 'joined', decline: 'declined', find_busy: 'busy', time_out: 'missed' },
  joined: { leave: 'left' },
  left: AGAIN,
  declined: AGAIN,
  missed: AGAIN,
  busy: AGAIN,
};

export const nextCall = (status: CallStatus, step: CallStep): CallStatus | undefined => CALL[status][step];
export const nextPart = (status: PartStatus, step: PartStep): PartStatus | undefined => PART[status][step];

export const isOver = (status: CallStatus): status is FinalStatus => Object.keys(CALL[status]).length === 0;
/** His phone rings, or is about to. */
export const isWaiting = (status: PartStatus): boolean => status === 'invited' || status === 'ringing';
/** Nobody can be engaged in two calls. */
export const isEngaged = (status: PartStatus): boolean => isWaiting(status) || status === 'joined';

/** Why a call is over. */
export const END_REASONS = [
  'hung_up',
  'cancelled',
  'declined',
  'no_answer',
  'busy',
  'connection_lost',
  'failed',
  'blocked',
  'removed',
] as const;
export type EndReason = (typeof END_REASONS)[number];
export type LeaveReason = Extract<EndReason, 'hung_up' | 'connection_lost' | 'failed' | 'blocked' | 'removed'>;

export interface CallState {
  status: CallStatus;
  /** A call of two is over when one of them leaves, a group's when all have. */
  isGroup: boolean;
  callerId: string;
  /** User → how it stands with him. */
  parts: ReadonlyMap<string, PartStatus>;
}

/** What people, their devices and the clock do to a call. */
export type Act =
  | { type: Exclude<PartStep, 'leave' | 'decline'>; userIds: string[] }
  /** `reason`: if it is not he who declines. */
  | { type: 'decline'; userIds: string[]; reason?: LeaveReason }
  | { type: 'leave'; userIds: string[]; reason: LeaveReason }
  /** For everybody. */
  | { type: 'end'; reason: LeaveReason };

export interface Outcome {
  status: CallStatus;
  /** Only what has become different. */
  parts: Map<string, PartStatus>;
  /** Only of a call that is over now. */
  reason?: EndReason;
}

/** What a call becomes by an act; undefined if that cannot happen to it. Pure. */
export function follow(call: CallState, act: Act): Outcome | undefined {
  if (isOver(call.status)) return undefined;
  const parts = new Map(call.parts);
  const [step, userIds] = act.type === 'end' ? (['leave', joinedIn(parts)] as const) : [act.type, act.userIds];
  for (const userId of userIds) {
    const before = parts.get(userId);
    const after = before === undefined ? FIRST[step] : nextPart(before, step);
    if (after === undefined) return undefined;
    parts.set(userId, after);
  }
  return conclude(call, parts, ('reason' in act && act.reason) || 'hung_up');
}

/** The beginning of a call: the caller is in it, the others are called, or engaged elsewhere. */
export function begin(callerId: string, isGroup: boolean, others: ReadonlyMap<string, 'invited' | 'busy'>): Outcome {
  const none: CallState = { status: 'initiated', isGroup, callerId, parts: new Map() };
  return conclude(none, new Map<string, PartStatus>([[callerId, 'joined'], ...others]), 'hung_up');
}

/** How those come in who had no part yet. */
const FIRST: Partial<Record<PartStep, PartStatus>> = { invite: 'invited', find_busy: 'busy', join: 'joined' };

/** Draws from the parts what the call is now; when it is over, nobody stays in it, and who was called has missed it. */
function conclude(call: CallState, parts: Map<string, PartStatus>, why: LeaveReason): Outcome {
  const end = ending(call, parts, why);
  const step = end?.step ?? progress(call.status, parts);
  const status = step ? nextCall(call.status, step)! : call.status;
  if (end)
    for (const [userId, part] of parts)
      if (isEngaged(part)) parts.set(userId, nextPart(part, isWaiting(part) ? 'time_out' : 'leave')!);
  const changed = [...parts].filter(([userId, part]) => call.parts.get(userId) !== part);
  return { status, parts: new Map(changed), ...(end && { reason: end.reason }) };
}

/** What ends the call, if anything does. */
function ending(
  { status, isGroup, callerId }: CallState,
  parts: Map<string, PartStatus>,
  why: LeaveReason,
): { step: CallStep; reason: EndReason } | undefined {
  const all = [...parts.values()];
  const joined = joinedIn(parts);
  if (status === 'ongoing') {
    if (joined.length >= (isGroup ? 1 : 2)) return undefined;
    return { step: why === 'failed' ? 'fail' : 'end', reason: why };
  }
  if (joined.some((userId) => userId !== callerId)) return undefined; // answered
  if (!joined.length)
    return why === 'hung_up' ? { step: 'cancel', reason: 'cancelled' } : { step: 'fail', reason: why };
  if (all.some(isWaiting)) return undefined;
  if (all.includes('declined')) return { step: 'decline', reason: 'declined' };
  if (all.includes('missed')) return { step: 'time_out', reason: 'no_answer' };
  return { step: 'find_busy', reason: 'busy' };
}

/** How a call that goes on has come further, if it has. */
function progress(status: CallStatus, parts: Map<string, PartStatus>): CallStep | undefined {
  if (status === 'ongoing') return undefined;
  if (joinedIn(parts).length > 1) return 'answer';
  return status === 'initiated' && [...parts.values()].includes('ringing') ? 'ring' : undefined;
}

const joinedIn = (parts: Map<string, PartStatus>): string[] =>
  [...parts].flatMap(([userId, part]) => (part === 'joined' ? [userId] : []));
