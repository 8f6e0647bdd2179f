import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { RateLimits } from 'src/core/http/rate-limits';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { LARGEST_CALL, type CallView, type InitiateCall, type JoinedCallView } from 'src/modules/calls/calls.dto';
import { AlreadyInCall, NobodyToCall, TooManyInCall } from 'src/modules/calls/calls.errors';
import { CallLedger, type Held } from 'src/modules/calls/calls.ledger';
import { isEngaged, isWaiting } from 'src/modules/calls/calls.machine';
import { CallsRepository, type PartRow } from 'src/modules/calls/calls.repository';
import { CallsService } from 'src/modules/calls/calls.service';
import { TargetsService, type Target } from 'src/modules/calls/targets.service';

/** Phones ring for each, and chats say what became of it: more is a nuisance to others. */
const RATE = { name: 'call', points: 20, seconds: 60 };

/** Calls people, and more people into a call. Who is engaged elsewhere is busy; nobody is called twice at once. */
@Injectable()
export class DiallingService {
  constructor(
    private readonly db: Database,
    private readonly ledger: CallLedger,
    private readonly repository: CallsRepository,
    private readonly calls: CallsService,
    private readonly targets: TargetsService,
    private readonly sessions: SessionsService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * Calls somebody. If he is calling the caller at that moment, both are in that one call; asked again from the same device, it is
   * the same call: `created` tells. If all are engaged elsewhere, the call is over at once, as `busy`. Throws `call.already_in_call`,
   * `rate_limit.exceeded`.
   */
  async initiate(user: Principal, draft: InitiateCall): Promise<{ call: JoinedCallView; created: boolean }> {
    await this.limits.consume(RATE, user.userId);
    return this.db.tx(async () => {
      const target = await this.reach(user, draft);
      const own = await this.present(user);
      if (own) return { call: await this.meet(user, target, own, draft), created: false };
      const engagements = await this.repository.engagements(target.others);
      const engaged = new Set(engagements.map(({ user_id }) => user_id));
      const id = await this.ledger.open(
        {
          channel_name: `call_${randomBytes(16).toString('hex')}`,
          call_type: draft.call_type,
          is_group: target.isGroup,
          chat_id: target.chatId,
        },
        user,
        new Map(target.others.map((userId) => [userId, engaged.has(userId) ? 'busy' : 'invited'])),
      );
      const { is_muted: isMuted, is_video_enabled: isVideoEnabled } = draft;
      await this.repository.updatePart(id, user.userId, { sessionId: user.sessionId, isMuted, isVideoEnabled });
      return { call: await this.calls.joined(user, id), created: true };
    });
  }

  /** Calls more people into a call that the caller takes part in: it is a group's from then on. */
  async invite(user: Principal, callId: number, userIds: string[]): Promise<CallView> {
    const wanted = [...new Set(userIds)].filter((userId) => userId !== user.userId);
    if (!wanted.length) throw NobodyToCall();
    await this.limits.consume(RATE, user.userId);
    return this.db.tx(async () => {
      await this.repository.lockUsers(wanted);
      await this.targets.requireWilling(user, wanted);
      const held = await this.ledger.hold(callId);
      this.calls.requireIn(user, held);
      await this.callInto(user, held, wanted);
      return this.calls.get(user, callId);
    });
  }

  /**
   * Locks those whom the caller reaches, and himself. Whoever has been blocked or put out of the chat until then is not reached; what
   * comes later finds the call when it asks for the lock.
   */
  private async reach(user: Principal, draft: InitiateCall): Promise<Target> {
    const { others } = await this.targets.of(user, draft);
    await this.repository.lockUsers([user.userId, ...others], [user.sessionId]);
    await this.sessions.requireLive(user.sessionId);
    const target = await this.targets.of(user, draft);
    const reached = target.others.filter((userId) => others.includes(userId));
    if (!reached.length) throw NobodyToCall();
    return { ...target, others: reached };
  }

  private async callInto(user: Principal, held: Held, wanted: string[]) {
    const here = new Map(held.parts.map(({ user_id, status }) => [user_id, status]));
    const engaged = new Set((await this.repository.engagements(wanted)).map(({ user_id }) => user_id));
    const free = wanted.filter((userId) => !engaged.has(userId));
    const busy = wanted.filter((userId) => engaged.has(userId) && !here.has(userId));
    const present = [...here.values()].filter(isEngaged).length;
    if (present + free.length > LARGEST_CALL) throw TooManyInCall({ limit: LARGEST_CALL });
    const group = { ...held.row, is_group: true };
    if (free.length) await this.ledger.apply({ ...held, row: group }, { type: 'invite', userIds: free }, user);
    if (!busy.length) return;
    const next = await this.ledger.hold(held.row.id);
    await this.ledger.apply(
      { ...next, row: { ...next.row, is_group: true } },
      { type: 'find_busy', userIds: busy },
      user,
    );
  }

  /** The call that the caller, who is locked, is engaged in; not one that is over, or that he leaves, by the time it can be held. */
  private async present({ userId }: Principal): Promise<Present | undefined> {
    const [engagement] = await this.repository.engagements([userId]);
    if (!engagement) return undefined;
    const held = await this.ledger.hold(engagement.call_id);
    const own = held.parts.find(({ user_id }) => user_id === userId);
    return own && isEngaged(own.status) ? { held, own } : undefined;
  }

  /** The caller is engaged already: in a call with just these people, which will do, or in another one. */
  private async meet(
    user: Principal,
    target: Target,
    { held: { row, parts }, own }: Present,
    draft: InitiateCall,
  ): Promise<JoinedCallView> {
    const isSame =
      row.is_group === target.isGroup &&
      (target.isGroup
        ? row.chat_id === target.chatId && (target.chatId !== null || areIn(parts, target.others))
        : areIn(parts, target.others));
    if (!isSame) throw AlreadyInCall({ call_id: row.id });
    if (isWaiting(own.status)) return this.calls.answer(user, row.id, draft);
    if (own.session_id !== user.sessionId) throw AlreadyInCall({ call_id: row.id });
    return this.calls.joined(user, row.id);
  }
}

/** A call, and somebody's part in it. */
interface Present {
  held: Held;
  own: PartRow;
}

const areIn = (parts: PartRow[], userIds: string[]) =>
  userIds.every((userId) => parts.some(({ user_id }) => user_id === userId));
