import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { placeOf, toPage, toReadyList, type Page, type Ready } from 'src/core/http/paging';
import { ShowsChange, type ChangeRow } from 'src/modules/chats/changes.service';
import { MessageNotFound } from 'src/modules/chats/chats.errors';
import type { Seat } from 'src/modules/chats/chats.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import {
  seqOf,
  toMessageJson,
  toMessageView,
  type MessageListView,
  type MessagesQuery,
  type MessageView,
} from 'src/modules/chats/messages.dto';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessagesRepository, type MessageLine, type MessageRow } from 'src/modules/chats/messages.repository';
import { z } from 'zod';

const Place = z.object({ before: z.int().optional(), after: z.int().optional() });

/** Shows messages: to those who read a chat, and as its changes tell of them. */
@Injectable()
export class MessagesService {
  constructor(
    private readonly db: Database,
    private readonly chats: ChatsService,
    private readonly access: MessageAccess,
    private readonly messages: MessagesRepository,
  ) {}

  /** A page of a chat: the newest, or those before or after a number. */
  async list(user: Principal, chatId: number, query: MessagesQuery): Promise<Ready<MessageListView>> {
    const chat = await this.chats.access(user.userId, chatId);
    if (query.around !== undefined) return this.around(user, chat, query.around, query.limit);
    const hidden = chat.hidden_up_to_seq;
    const { before, after } = placeOf(Place, query.cursor) ?? { before: query.before_seq, after: query.after_seq };
    const lines =
      after === undefined
        ? await this.messages.before(user.userId, chatId, before ?? Number.MAX_SAFE_INTEGER, query.limit + 1, hidden)
        : await this.messages.after(user.userId, chatId, Math.max(after, hidden), query.limit + 1);
    const place = (last: MessageLine) => (after === undefined ? { before: seqOf(last) } : { after: seqOf(last) });
    return listOf(chat, toPage(lines, query.limit, place));
  }

  /** The messages on both sides of one, newest first as all pages that go back. */
  private async around(user: Principal, chat: Seat, messageId: number, limit: number): Promise<Ready<MessageListView>> {
    const middle = await this.access.read(user.userId, messageId);
    if (middle.chatId !== chat.id) throw MessageNotFound({ message_id: messageId });
    const newer = await this.messages.after(user.userId, chat.id, middle.seq, Math.floor(limit / 2));
    const rest = await this.messages.before(
      user.userId,
      chat.id,
      middle.seq + 1,
      limit - newer.length + 1,
      chat.hidden_up_to_seq,
    );
    return listOf(
      chat,
      toPage([...newer.reverse(), ...rest], limit, (last) => ({ before: seqOf(last) })),
    );
  }

  /** Messages as everybody in their chats sees them, in the order of their numbers. */
  async views(ids: number[]): Promise<MessageView[]> {
    return (await this.messages.byIds(ids)).map(toMessageView);
  }

  /** Does something, in a transaction, of a message that is not deleted for all, and that can't be before it is done. */
  async ifStanding(id: number, work: () => Promise<unknown>): Promise<void> {
    await this.db.tx(async () => {
      if (await this.messages.holdStanding(id)) await work();
    });
  }

  /** Of each, whether the user takes part in the chat of the message and it is neither deleted for all nor gone for him. */
  async areSeen(asked: { userId: string; messageId: number }[]): Promise<boolean[]> {
    const seen = new Set((await this.messages.seenAmong(asked)).map((one) => `${one.user_id} ${one.message_id}`));
    return asked.map(({ userId, messageId }) => seen.has(`${userId} ${messageId}`));
  }

  async viewsById(ids: number[]): Promise<Map<number, MessageView>> {
    return new Map((await this.rowsBut(ids, [])).map((row) => [row.id, toMessageView(row)]));
  }

  /** Messages of which some are known already. */
  async rowsBut(ids: number[], known: MessageRow[]): Promise<MessageRow[]> {
    const unknown = new Set(ids);
    known.forEach(({ id }) => unknown.delete(id));
    return unknown.size ? [...known, ...(await this.messages.byIds([...unknown]))] : known;
  }

  @ShowsChange('new_message')
  async shownNew(changes: ChangeRow[], fresh: MessageRow[]): Promise<(object | undefined)[]> {
    const rows = await this.rowsBut(
      changes.map(({ message_id }) => message_id!),
      fresh,
    );
    const threads = await this.viewsById(rows.flatMap(({ thread_id }) => thread_id ?? []));
    const shown = new Map(
      rows.map((row) => [
        row.id,
        Object.assign(toMessageView(row), {
          message_count: row.ordinal,
          thread_reply_count: row.thread_id === null ? null : (threads.get(row.thread_id)?.reply_count ?? null),
        }),
      ]),
    );
    return changes.map(({ message_id }) => shown.get(message_id!));
  }

  @ShowsChange('message_updated')
  async shownUpdated(changes: ChangeRow[]): Promise<(MessageView | undefined)[]> {
    const views = await this.viewsById(changes.map(({ message_id }) => message_id!));
    return changes.map(({ message_id }) => {
      const view = views.get(message_id!);
      return view && { ...view }; // a message may have changed twice
    });
  }

  @ShowsChange('message_deleted')
  async shownDeleted(changes: ChangeRow[]) {
    return (await this.shownUpdated(changes)).map((view) => view && { ...view, message_id: view.id });
  }
}

const listOf = ({ last_seq }: Seat, page: Page<MessageLine>): Ready<MessageListView> =>
  toReadyList<MessageListView>('messages', { ...page, items: page.items.map(toMessageJson) }, { last_seq });
