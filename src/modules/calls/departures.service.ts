import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { CallLedger } from 'src/modules/calls/calls.ledger';
import { isWaiting, type LeaveReason, type PartStatus } from 'src/modules/calls/calls.machine';
import { CallsRepository, type PartRow } from 'src/modules/calls/calls.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import { BlocksService } from 'src/modules/users/blocks.service';

/** Takes people out of calls for what happens elsewhere. All of it is safe to repeat. */
@Injectable()
export class DeparturesService {
  constructor(
    private readonly db: Database,
    private readonly ledger: CallLedger,
    private readonly calls: CallsRepository,
    private readonly chats: ChatsService,
    private readonly blocks: BlocksService,
  ) {}

  /** Those whose phones have rung for long enough have missed the call. May come too early. */
  async timeOut(callId: number): Promise<void> {
    await this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      const { userIds, nextMs } = await this.calls.overdue(callId);
      if (userIds.length) await this.ledger.apply(held, { type: 'time_out', userIds }, null);
      // the clock that woke us is ahead of the one that decides
      else if (nextMs !== null) await this.ledger.awaitTimeOut(callId, nextMs);
    });
  }

  /** Ends what is going on between two of whom one has blocked the other, unless he does so no more; no group's call of the one rings at the other. */
  async endBetween(one: string, other: string): Promise<void> {
    const ringing = await this.db.tx(async () => {
      // whoever was calling before he could know of it has done so by then
      await this.calls.lockUsers([one, other]);
      if (!(await this.blocks.blockedBetween(one, [other])).size) return [];
      const callId = await this.calls.betweenTwo(one, other);
      if (callId !== undefined)
        await this.ledger.apply(await this.ledger.hold(callId), { type: 'end', reason: 'blocked' }, null);
      return this.calls.ringingBetween(one, other);
    });
    const isCalled = ({ user_id, status }: PartRow) => isWaiting(status) && (user_id === one || user_id === other);
    for (const callId of ringing) await this.takeOut(callId, 'blocked', isCalled);
  }

  /** Those who have gone from a chat, and are not back, are out of its call, and their phones ring no more. */
  async leaveChat(chatId: number, userIds: string[]): Promise<void> {
    const { gone, callIds } = await this.db.tx(async () => {
      await this.calls.lockUsers(userIds);
      const present = new Set(await this.chats.participantIds(chatId));
      const gone = new Set(userIds.filter((userId) => !present.has(userId)));
      return { gone, callIds: await this.calls.engagingFrom(chatId, [...gone]) };
    });
    for (const callId of callIds) await this.takeOut(callId, 'removed', ({ user_id }) => gone.has(user_id));
  }

  /** A session that has ended takes part in nothing. */
  async leaveWith(sessionId: string): Promise<void> {
    const callIds = await this.db.tx(async () => {
      // it may be coming in just now
      await this.calls.lockUsers([], [sessionId]);
      return this.calls.joinedWith(sessionId);
    });
    for (const callId of callIds)
      await this.takeOut(callId, 'connection_lost', ({ session_id }) => session_id === sessionId);
  }

  /** Takes somebody who is to be forgotten out of whatever he is engaged in. */
  async leaveAll(userId: string): Promise<void> {
    const engagements = await this.db.tx(async () => {
      await this.calls.lockUsers([userId]);
      return this.calls.engagements([userId]);
    });
    for (const { call_id: callId } of engagements)
      await this.takeOut(callId, 'hung_up', ({ user_id }) => user_id === userId);
  }

  private async takeOut(callId: number, reason: LeaveReason, isMeant: (part: PartRow) => boolean) {
    await this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      const meant = (fits: (status: PartStatus) => boolean) =>
        held.parts.filter((part) => isMeant(part) && fits(part.status)).map(({ user_id }) => user_id);
      const [called, joined] = [meant(isWaiting), meant((status) => status === 'joined')];
      if (called.length) await this.ledger.apply(held, { type: 'decline', userIds: called, reason }, null);
      if (joined.length)
        await this.ledger.apply(await this.ledger.hold(callId), { type: 'leave', userIds: joined, reason }, null);
    });
  }
}
