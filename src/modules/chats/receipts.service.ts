import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { id } from 'src/core/fields/fields';
import { placeOf, toListView, toPage, type PageQuery } from 'src/core/http/paging';
import { ChatNotFound, MessageNotFound } from 'src/modules/chats/chats.errors';
import { ChatsService } from 'src/modules/chats/chats.service';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import type { MarkedView, MessageReceiptListView, MessageReceiptView, ReadView } from 'src/modules/chats/receipts.dto';
import { ReceiptsRepository, type ReceiptRow } from 'src/modules/chats/receipts.repository';
import { UnreadRepository, type MarksRow } from 'src/modules/chats/unread.repository';
import { personOfRow } from 'src/modules/users/users.dto';

/**
 * Who has got and read what: for each participant two numbers that never go back, one for all messages up to it. Whoever keeps to
 * himself what he reads tells only his own devices, and is not told it of others.
 */
@Injectable()
export class ReceiptsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly chats: ChatsService,
    private readonly access: MessageAccess,
    private readonly messages: MessagesRepository,
    private readonly receipts: ReceiptsRepository,
    private readonly unread: UnreadRepository,
  ) {}

  /** Moves the caller's mark up to a message of the chat (never back). `chatId` may be left to the message. */
  mark(user: Principal, what: 'read' | 'delivered', messageId: number, chatId?: number): Promise<MarkedView> {
    return this.db.tx(async () => {
      const marks = await this.unread.lockMarks(user.userId, messageId);
      if (!marks || (chatId !== undefined && marks.chatId !== chatId)) throw MessageNotFound({ message_id: messageId });
      return this.markUpTo(user, what, messageId, marks);
    });
  }

  /** The same up to the newest message, or to one of this chat. */
  async markRead(user: Principal, chatId: number, upTo: number | undefined): Promise<ReadView> {
    const { last_message_seq: seq } = await this.chats.seen(user.userId, chatId);
    const [newest] = upTo === undefined ? await this.messages.bySeqs([{ chatId, seq }]) : [];
    const messageId = upTo ?? newest?.id;
    if (messageId !== undefined) await this.mark(user, 'read', messageId, chatId);
    const { last_read_seq, ...counts } = await this.countsOf(user.userId, chatId);
    return { chat_id: chatId, last_read_seq, ...counts };
  }

  /** How far a message has come with each participant but its sender. */
  async ofMessage(user: Principal, messageId: number, { limit, cursor }: PageQuery): Promise<MessageReceiptListView> {
    const { chatId, seq, senderId } = await this.access.read(user.userId, messageId);
    const place = placeOf(id(), cursor);
    const found = await this.receipts.ofMessage({ chatId, seq, senderId }, user.userId, limit + 1, place);
    const page = toPage(found.rows, limit, (last) => last.place);
    const counts = { message_id: messageId, delivered_count: found.delivered, read_count: found.read };
    return { ...toListView('receipts', page, toReceiptView), ...counts };
  }

  /** Of each of the chats, those participants who hear nothing of what others read. */
  discreet = (chatIds: number[]): Promise<Map<number, string[]>> => this.receipts.discreet(chatIds);

  private async markUpTo({ userId }: Principal, what: 'read' | 'delivered', message_id: number, marks: MarksRow) {
    const { chatId, seq, lastReadSeq, lastDeliveredSeq, showsRead } = marks;
    const moves = seq > (what === 'read' ? lastReadSeq : lastDeliveredSeq);
    if (moves) await this.receipts.mark(marks, userId, what);
    const { last_read_seq: _, ...counts } = await this.countsOf(userId, chatId);
    const at = new Date().toISOString();
    const marked: MarkedView = { chat_id: chatId, user_id: userId, message_id, seq, at, ...counts };
    const isShown = what === 'delivered' || showsRead;
    const isDelivered = seq > lastDeliveredSeq;
    if (moves)
      await this.bus.publish('message.marked', { what, ...marked, is_shown: isShown, is_delivered: isDelivered });
    return marked;
  }

  private async countsOf(userId: string, chatId: number) {
    const [row] = await this.unread.of(userId, [chatId]);
    if (!row) throw ChatNotFound({ chat_id: chatId });
    const { last_read_seq, read_count, unread_count, unread_mentions } = row;
    return { last_read_seq, read_count, unread_count, unread_mentions };
  }
}

const toReceiptView = (row: ReceiptRow): MessageReceiptView => ({
  ...personOfRow(row),
  user_id: row.user_id,
  status: row.status,
});
