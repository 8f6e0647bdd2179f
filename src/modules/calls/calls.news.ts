import { Injectable } from '@nestjs/common';
import type { Fact, PushBody } from 'src/contracts';
import { groupBy } from 'src/core/collections/collections';
import { OnCommit } from 'src/core/events/bus';
import { Realtime, type Connection } from 'src/core/realtime/realtime';
import { OnRenewal } from 'src/core/realtime/renewals';
import type { CallPartView, CallView } from 'src/modules/calls/calls.dto';
import { isEngaged, isOver, isWaiting, type PartStatus } from 'src/modules/calls/calls.machine';
import { CallsService } from 'src/modules/calls/calls.service';

type Change = Fact<'call.changed'>;

/** Tells people over their sockets what becomes of their calls. */
@Injectable()
export class CallsNews {
  constructor(
    private readonly calls: CallsService,
    private readonly realtime: Realtime,
  ) {}

  @OnCommit('call.changed')
  async changed(changes: Change[]) {
    for (const [change, call] of await this.withCalls(changes)) this.tell(change, call);
  }

  @OnCommit('call.handed_over')
  async handedOver(facts: Fact<'call.handed_over'>[]) {
    for (const [{ user_id, session_id }, call] of await this.withCalls(facts)) {
      this.overElsewhere(call, user_id, session_id, 'handed_over');
      this.updated(call, user_id, true);
    }
  }

  @OnCommit('call.part_updated')
  async partUpdated(facts: Fact<'call.part_updated'>[]) {
    for (const [{ user_id }, call] of await this.withCalls(facts)) this.updated(call, user_id, false);
  }

  /** What others told of calls while this node did not hear them: devices that should ring do, and no other goes on. */
  @OnRenewal()
  async renew() {
    await this.realtime.forAllHere(async (connections) => {
      const last = await this.calls.lastOf([...new Set(connections.map(({ user }) => user.userId))]);
      const calls = groupBy(last, ({ userId }) => userId);
      for (const connection of connections)
        for (const { device, call } of calls.get(connection.user.userId) ?? []) tellAnew(connection, call, device);
    });
  }

  /** Each with its call as it is now, which is told under the number of the change: what is newer than that is told under its own. */
  private async withCalls<F extends { call_id: number; revision: number }>(facts: F[]): Promise<[F, CallView][]> {
    const views = await this.calls.views([...new Set(facts.map(({ call_id }) => call_id))]);
    const calls = new Map(views.map((view) => [view.id, view]));
    return facts.flatMap((fact): [F, CallView][] => {
      const call = calls.get(fact.call_id);
      return call ? [[fact, { ...call, revision: fact.revision }]] : [];
    });
  }

  /** What has become otherwise meanwhile is not told: who made it so tells that, from another node maybe, and sooner. */
  private tell(change: Change, call: CallView) {
    for (const { user_id, from, to } of change.parts) {
      const now = partOf(call, user_id)?.status;
      if (now === undefined) continue;
      const others = engagedIn(call).filter((userId) => userId !== user_id);
      const someone = { call_id: call.id, revision: call.revision, user_id };
      if (to === 'invited' && isWaiting(now)) this.realtime.toUser(user_id, 'call_initiated', call);
      if (to === 'ringing') this.realtime.toUsers(others, 'call_ringing', someone);
      if (to === 'joined' && change.from !== null) this.cameIn(change, call, user_id, others, from);
      if (to === 'left' && now !== 'joined' && !isOver(change.to))
        this.realtime.toUsers(others, 'call_participant_left', someone);
      if (isEngaged(now)) continue;
      if (to === 'missed') this.realtime.toUser(user_id, 'call_missed', call);
      if (to === 'declined' || to === 'busy') this.declined(change, call, user_id, others);
      if ((to === 'declined' || to === 'left') && change.user_id === null && !isOver(change.to))
        this.tookOut(change, call, user_id);
    }
    if (isOver(change.to)) this.over(change, call);
  }

  private cameIn(change: Change, call: CallView, userId: string, others: string[], from: PartStatus | null) {
    const { id: call_id, revision, channel_name, answered_at } = call;
    const part = partOf(call, userId)!;
    if (from !== null && isWaiting(from) && !isWaiting(part.status))
      this.realtime.toUsers(others, 'call_answered', {
        call_id,
        revision,
        user_id: userId,
        callee_id: userId,
        channel_name,
        answered_at,
      });
    // who has just missed or declined it may not have been told so, for he is in: his other devices ring until now
    if (from !== null && from !== 'left' && !isWaiting(part.status))
      this.overElsewhere(call, userId, change.session_id, 'answered_elsewhere');
    if (part.status === 'joined')
      this.realtime.toUsers(others, 'call_participant_joined', { call_id, revision, participant: part });
  }

  private declined(change: Change, call: CallView, userId: string, others: string[]) {
    const { status, decline_reason } = partOf(call, userId)!;
    const reason = decline_reason ?? (status === 'busy' ? 'busy' : null);
    const tell = isOver(change.to) ? engagedBefore(change).filter((id) => id !== userId) : others;
    const { id: call_id, revision } = call;
    this.realtime.toUsers(tell, 'call_declined', { call_id, revision, user_id: userId, reason });
    if (!isOver(change.to) && change.user_id === userId)
      this.overElsewhere(call, userId, change.session_id, 'declined_elsewhere');
  }

  /** Tells somebody that a call that goes on does so without him. */
  private tookOut({ why }: Change, { id, revision, status }: CallView, userId: string) {
    const ended = { call_id: id, revision, status, end_reason: why, ended_by: null, duration: null, ended_at: null };
    this.realtime.toUser(userId, 'call_ended', ended);
  }

  private over(change: Change, call: CallView) {
    this.realtime.toUsers(engagedBefore(change), 'call_ended', endOf(call));
  }

  /** Tells all devices of a user but one that the call is not theirs. */
  private overElsewhere(
    { id, revision, status }: CallView,
    userId: string,
    sessionId: string | null,
    reason: 'answered_elsewhere' | 'declined_elsewhere' | 'handed_over',
  ) {
    if (sessionId === null) return;
    const over = { call_id: id, revision, status, ended_by: userId, duration: null, ended_at: null };
    this.realtime.toOtherSessions(userId, sessionId, 'call_ended', { ...over, end_reason: reason });
  }

  private updated(call: CallView, userId: string, handedOver: boolean) {
    const participant = partOf(call, userId);
    if (participant?.status !== 'joined') return;
    const body = { call_id: call.id, revision: call.revision, participant, handed_over: handedOver };
    this.realtime.toUsers(engagedIn(call), 'call_participant_updated', body);
  }
}

/** Tells a connection how it stands with a call: it rings there, is over for it, or its user takes part with `device`. */
function tellAnew({ socket, user: { userId, sessionId } }: Connection, call: CallView, device: string | null) {
  const { status } = partOf(call, userId)!;
  if (isWaiting(status)) socket.emit('call_initiated', call satisfies PushBody<'call_initiated'>);
  else if (status !== 'joined') socket.emit('call_ended', endOf(call));
  else if (device !== sessionId)
    socket.emit('call_ended', { ...endOf(call), end_reason: 'answered_elsewhere', ended_by: userId } satisfies Ended);
}

type Ended = PushBody<'call_ended'>;
const endOf = ({ id, revision, status, end_reason, ended_by, duration, ended_at }: CallView): Ended => ({
  call_id: id,
  revision,
  status,
  end_reason,
  ended_by,
  duration,
  ended_at,
});

const partOf = (call: CallView, userId: string): CallPartView | undefined =>
  call.participants.find(({ user_id }) => user_id === userId);

const engagedIn = (call: CallView): string[] =>
  call.participants.filter(({ status }) => isEngaged(status)).map(({ user_id }) => user_id);

/** Those whom the change took out of the call, the caller of one that was busy at once included. */
const engagedBefore = (change: Change): string[] =>
  change.parts.filter(({ from }) => from === null || isEngaged(from)).map(({ user_id }) => user_id);
