import { Injectable } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { SessionsService } from 'src/modules/auth/sessions.service';
import {
  LARGEST_CALL,
  toCallView,
  toPartView,
  type CallView,
  type DeclineCall,
  type EndCall,
  type JoinCall,
  type JoinedCallView,
  type TicketView,
  type UpdatedPartView,
  type UpdatePart,
} from 'src/modules/calls/calls.dto';
import {
  AlreadyInCall,
  AnsweredElsewhere,
  CallNotFound,
  CallOver,
  NotInCall,
  TooManyInCall,
} from 'src/modules/calls/calls.errors';
import { CallLedger, type Held } from 'src/modules/calls/calls.ledger';
import { isEngaged, isOver, isWaiting, type Act } from 'src/modules/calls/calls.machine';
import { CallsRepository, type PartRow } from 'src/modules/calls/calls.repository';
import { CallTransport } from 'src/modules/calls/calls.transport';
import { ChatsService } from 'src/modules/chats/chats.service';

/** What people do in a call that there is. Whatever is safe to repeat answers with the call as it is. */
@Injectable()
export class CallsService {
  constructor(
    private readonly db: Database,
    private readonly ledger: CallLedger,
    private readonly calls: CallsRepository,
    private readonly sessions: SessionsService,
    private readonly chats: ChatsService,
    private readonly transport: CallTransport,
  ) {}

  async get(user: Principal, callId: number): Promise<CallView> {
    await this.access(user.userId, callId);
    return this.view(callId);
  }

  /** A device of the caller's rings. */
  ring(user: Principal, callId: number): Promise<CallView> {
    return this.act(user, callId, async ({ status }) => {
      if (!isWaiting(status)) return undefined;
      await this.calls.noteRinging(callId, user.userId, user.sessionId);
      // of the second device that rings nobody is told
      return status === 'invited' ? { type: 'ring', userIds: [user.userId] } : undefined;
    });
  }

  /** Comes in on this device; throws `call.answered_elsewhere` if another of the caller's was quicker. */
  answer(user: Principal, callId: number, media: JoinCall): Promise<JoinedCallView> {
    return this.enter(user, callId, media, false);
  }

  /** Comes in late or again, or goes on with this device instead of another of the caller's. */
  join(user: Principal, callId: number, media: JoinCall): Promise<JoinedCallView> {
    return this.enter(user, callId, media, true);
  }

  /** `reason` is for the others to read; "busy" counts as busy. Throws `call.answered_elsewhere`. */
  async decline(user: Principal, callId: number, { reason }: DeclineCall): Promise<CallView> {
    const declineReason = reason || null;
    const type = reason?.toLowerCase() === 'busy' ? 'find_busy' : 'decline';
    return this.act(user, callId, async ({ status }) => {
      if (status === 'joined') throw AnsweredElsewhere({ call_id: callId });
      if (!isWaiting(status)) return undefined;
      await this.calls.updatePart(callId, user.userId, { declineReason });
      return { type, userIds: [user.userId] };
    });
  }

  /** Declines, and answers as `answer` does. */
  async refuse(user: Principal, callId: number): Promise<JoinedCallView> {
    await this.decline(user, callId, {});
    return this.joined(user, callId);
  }

  /** Hangs up: ends a call of two, leaves a group's, cancels one that nobody has answered; of who is called: declines. */
  end(user: Principal, callId: number, { for_all, end_reason: reason = 'hung_up' }: EndCall): Promise<CallView> {
    const userIds = [user.userId];
    return this.act(user, callId, ({ status, session_id }, { row }) => {
      if (isWaiting(status)) return { type: 'decline', userIds };
      if (status !== 'joined') return undefined;
      if (session_id !== user.sessionId) throw AnsweredElsewhere({ call_id: callId });
      if (for_all && row.initiated_by === user.userId) return { type: 'end', reason };
      return { type: 'leave', userIds, reason };
    });
  }

  /** Sets the caller's microphone and camera. Throws `call.not_in_call`. */
  update(user: Principal, callId: number, change: UpdatePart): Promise<UpdatedPartView> {
    return this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      this.requireIn(user, held);
      await this.calls.updatePart(callId, user.userId, mediaOf(change));
      const revision = await this.ledger.update(callId, user.userId);
      return { ...toPartView((await this.calls.part(callId, user.userId))!), revision };
    });
  }

  /** What a participant needs for the media, new; the old is good until it expires. Throws `call.not_in_call`. */
  async ticket(user: Principal, callId: number): Promise<TicketView> {
    const row = await this.access(user.userId, callId);
    const parts = await this.calls.parts([callId]);
    const { uid } = this.requireIn(user, { row, parts });
    return this.transport.ticket({ channelName: row.channel_name, uid, userId: user.userId });
  }

  /** A call and, for the caller, what he needs for the media if he is in it on this device. */
  async joined(user: Principal, callId: number): Promise<JoinedCallView> {
    const call = await this.view(callId);
    const part = await this.calls.part(callId, user.userId);
    const isIn = part?.status === 'joined' && part.session_id === user.sessionId;
    const ticket = isIn
      ? this.transport.ticket({ channelName: call.channel_name, uid: part.uid, userId: user.userId })
      : undefined;
    return {
      ...call,
      transport: this.transport.name,
      uid: ticket?.uid ?? null,
      app_id: ticket?.app_id ?? null,
      token: ticket?.token ?? null,
      token_expires_at: ticket?.expires_at ?? null,
      ice_servers: ticket?.ice_servers ?? [],
    };
  }

  /** Calls as everybody in them sees them. */
  async views(callIds: number[]): Promise<CallView[]> {
    return (await this.whole(callIds)).map(({ row, parts }) => toCallView(row, parts));
  }

  /** The users' last calls as far as their devices may have to hear of them: see `lastOf`. `device`: with which he takes part. */
  async lastOf(userIds: string[]): Promise<{ userId: string; device: string | null; call: CallView }[]> {
    const last = await this.calls.lastOf(userIds);
    const calls = new Map(
      (await this.whole([...new Set(last.map(({ call_id }) => call_id))])).map((call) => [call.row.id, call]),
    );
    return last.flatMap(({ user_id: userId, call_id }) => {
      const { row, parts = [] } = calls.get(call_id) ?? {};
      const part = parts.find(({ user_id }) => user_id === userId);
      return row && part ? [{ userId, device: part.session_id, call: toCallView(row, parts) }] : [];
    });
  }

  /** Calls, each with who takes part: in this order, for parts may be newer than the number of their call, but never older. */
  private async whole(callIds: number[]) {
    if (!callIds.length) return [];
    const [rows, parts] = [await this.calls.byIds(callIds), await this.calls.parts(callIds)];
    const ofCall = groupBy(parts, ({ call_id }) => call_id);
    return rows.map((row) => ({ row, parts: ofCall.get(row.id) ?? [] }));
  }

  /** Throws `call.already_in_call` if a user is engaged in another call. Only under the user's lock. */
  async requireFree(userId: string, callId?: number): Promise<void> {
    const [engaged] = await this.calls.engagements([userId]);
    if (engaged && engaged.call_id !== callId) throw AlreadyInCall({ call_id: engaged.call_id });
  }

  /** The caller's part, if he takes part with this device; otherwise throws `call.not_in_call`. */
  requireIn(user: Principal, { row, parts }: Held): PartRow {
    const part = parts.find(({ user_id }) => user_id === user.userId);
    if (part?.status === 'joined' && part.session_id === user.sessionId) return part;
    throw part ? NotInCall({ call_id: row.id }) : CallNotFound({ call_id: row.id });
  }

  private async view(callId: number): Promise<CallView> {
    return (await this.views([callId]))[0]!;
  }

  /** Does to a call what the caller's part in it allows; nothing, if it is over or there is nothing to do. */
  private act(
    user: Principal,
    callId: number,
    decide: (part: PartRow, held: Held) => Act | undefined | Promise<Act | undefined>,
  ): Promise<CallView> {
    return this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      const part = held.parts.find(({ user_id }) => user_id === user.userId);
      if (!part) throw CallNotFound({ call_id: callId });
      const act = isOver(held.row.status) ? undefined : await decide(part, held);
      if (act) await this.ledger.apply(held, act, user);
      return this.view(callId);
    });
  }

  private enter(user: Principal, callId: number, media: JoinCall, takesOver: boolean): Promise<JoinedCallView> {
    const { userId, sessionId } = user;
    return this.db.tx(async () => {
      await this.access(userId, callId);
      await this.calls.lockUsers([userId], [sessionId]);
      await this.sessions.requireLive(sessionId);
      const held = await this.ledger.hold(callId);
      const part = held.parts.find(({ user_id }) => user_id === userId);
      if (part?.status !== 'joined') await this.comeIn(user, held);
      else if (part.session_id !== sessionId) {
        if (!takesOver) throw AnsweredElsewhere({ call_id: callId });
        await this.ledger.handOver(callId, user);
      } else if (changes(part, media)) await this.ledger.update(callId, userId);
      await this.calls.updatePart(callId, userId, { sessionId, absences: 0, ...mediaOf(media) });
      return this.joined(user, callId);
    });
  }

  private async comeIn(user: Principal, held: Held) {
    const { id, status } = held.row;
    if (isOver(status)) throw CallOver({ call_id: id, status });
    await this.requireStillIn(user.userId, held);
    await this.requireFree(user.userId, id);
    const others = held.parts.filter(({ user_id, status }) => user_id !== user.userId && isEngaged(status)).length;
    if (others >= LARGEST_CALL) throw TooManyInCall({ limit: LARGEST_CALL });
    await this.ledger.apply(held, { type: 'join', userIds: [user.userId] }, user);
  }

  /** Who is in the chat no more comes back into its call only if he is called into it. */
  private async requireStillIn(userId: string, { row, parts }: Held) {
    const part = parts.find(({ user_id }) => user_id === userId);
    if (row.chat_id === null || (part && isWaiting(part.status))) return;
    if (await this.chats.hasLeft(userId, row.chat_id)) throw CallNotFound({ call_id: row.id });
  }

  /** The only way to a call on a user's behalf: his part in it, or in the chat that it is in. Strangers are told that there is none. */
  private async access(userId: string, callId: number) {
    const row = await this.calls.byId(callId);
    const notFound = CallNotFound({ call_id: callId });
    if (!row) throw notFound;
    if (await this.calls.part(callId, userId)) return row;
    if (!row.is_group || row.chat_id === null) throw notFound;
    await this.chats.access(userId, row.chat_id, notFound);
    return row;
  }
}

/** Said again, it may say something else. */
const changes = (part: PartRow, { is_muted = part.is_muted, is_video_enabled = part.is_video_enabled }: JoinCall) =>
  is_muted !== part.is_muted || is_video_enabled !== part.is_video_enabled;

const mediaOf = ({ is_muted: isMuted, is_video_enabled: isVideoEnabled }: UpdatePart) => ({ isMuted, isVideoEnabled });
