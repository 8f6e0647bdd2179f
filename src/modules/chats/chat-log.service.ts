import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Bus } from 'src/core/events/bus';
import type { ChangeType } from 'src/modules/chats/changes.contract';
import { ChangesRepository } from 'src/modules/chats/changes.repository';
import { ChatsRepository, type LockedChat } from 'src/modules/chats/chats.repository';

/** What happened: ids and, where they don't tell it, small data; never the text of a message. */
export interface Change {
  type: ChangeType;
  /** The message that was touched. */
  messageId?: number;
  /** The participant that it is about; who did it is taken from the context. */
  userId?: string;
  data?: Record<string, unknown>;
}

/**
 * The log of a chat: every change takes the next number, without gaps, in the transaction that makes it, under the lock of the
 * chat's row. So who holds everything up to a number and then applies what follows by number holds what he would fetch.
 *
 * To make a change of a new kind:
 * 1. declare its push in `changes.contract.ts` with `numberedInChat(…)`;
 * 2. in the service, within `db.tx`: `await log.lock([chatId])` before reading what decides whether the change may be made (edit
 *    against delete, send against remove), then change the rows, then `await log.append(chatId, { type: 'message_pinned', messageId })`;
 * 3. add a method `@ShowsChange('message_pinned')` to a provider: it turns changes into the bodies of that push, without
 *    `change_seq`, one for each, reading the present state; undefined for what can't be shown any more.
 *
 * That is all: `ChangesService` sends it to the chat's room after the commit, in order, and `sync` tells it to who was away, both
 * through that one method. New messages take their number by `SendingService` (what Muster says, by `NoticesService`) and are not in `chat_changes`.
 */
@Injectable()
export class ChatLog {
  constructor(
    private readonly bus: Bus,
    private readonly chats: ChatsRepository,
    private readonly changes: ChangesRepository,
  ) {}

  /** Locks chats to the end of the transaction, in one order for everybody. Those that don't exist are left out. */
  lock = (chatIds: number[]): Promise<LockedChat[]> => this.chats.lock(chatIds);

  /** Gives changes the next numbers of the chat, within the open transaction; answers with the last of them. */
  async append(chatId: number, ...changes: Change[]): Promise<number> {
    const context = currentContext();
    const actorId = context.user?.userId ?? null;
    const { first, pair } = await this.changes.append(chatId, actorId, changes);
    const stated = changes.map(({ type, messageId, userId, data }, index) => ({
      context,
      payload: {
        pair,
        chat_id: chatId,
        seq: first + index,
        type,
        message_id: messageId ?? null,
        user_id: userId ?? null,
        actor_id: actorId,
        data: data ?? null,
      },
    }));
    await this.bus.publishAll('chat.changed', stated);
    return first + changes.length - 1;
  }
}
