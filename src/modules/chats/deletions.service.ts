import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Streams } from 'src/core/streams/streams';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { MessageNotFound, MessageNotYours } from 'src/modules/chats/chats.errors';
import { ContentsRepository } from 'src/modules/chats/contents.repository';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { UnreadRepository } from 'src/modules/chats/unread.repository';
import { FilesService } from 'src/modules/files/files.service';

/** Deletes messages, for all or for oneself. */
@Injectable()
export class DeletionsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly log: ChatLog,
    private readonly streams: Streams,
    private readonly access: MessageAccess,
    private readonly contents: ContentsRepository,
    private readonly unread: UnreadRepository,
    private readonly files: FilesService,
  ) {}

  /**
   * Leaves a tombstone for everybody: what the message said, before it was edited too, and how it was answered are gone. Senders may,
   * whenever and even in a chat that is closed to them; so may those who govern a group. Safe to repeat.
   */
  async forAll(user: Principal, messageId: number): Promise<void> {
    await this.db.tx(async () => {
      const message = await this.access.lock(user.userId, messageId);
      const governs = message.chatType === 'group' && message.role !== 'member';
      const isNotice = message.messageType === 'system'; // nobody’s words, but what was
      if (isNotice || (message.senderId !== user.userId && !governs)) throw MessageNotYours({ message_id: messageId });
      if (message.isDeleted) return;
      await this.erase(message.chatId, messageId);
    });
  }

  /** The same for a moderator of the whole system, who need not take part. */
  async byModerator(messageId: number): Promise<void> {
    await this.db.tx(async () => {
      const chatId = await this.contents.chatHolding(messageId);
      if (chatId === undefined) return;
      await this.log.lock([chatId]);
      if ((await this.contents.chatHolding(messageId)) === undefined) return;
      await this.erase(chatId, messageId);
    });
  }

  /** Takes a message out of the caller's own view, on all his devices, and out of nobody else's. Safe to repeat. */
  async forMe(user: Principal, messageId: number): Promise<void> {
    await this.db.tx(async () => {
      const marks = await this.unread.lockMarks(user.userId, messageId);
      if (!marks) throw MessageNotFound({ message_id: messageId });
      if (!(await this.contents.hide(user.userId, messageId))) return;
      const { chatId, seq, lastReadSeq, countsAsUnread } = marks;
      if (countsAsUnread && seq > lastReadSeq) await this.unread.skipOne(user.userId, chatId);
      const { read_count, unread_count, unread_mentions } = (await this.unread.of(user.userId, [chatId]))[0]!;
      await this.streams.append(user.userId, 'message_hidden', {
        ...{ chat_id: chatId, message_id: messageId },
        ...{ read_count, unread_count, unread_mentions },
      });
    });
  }

  private async erase(chatId: number, messageId: number) {
    const fileId = await this.contents.erase(messageId);
    if (fileId !== null) await this.files.release([fileId]);
    await this.log.append(chatId, { type: 'message_deleted', messageId });
    await this.bus.publish('message.deleted', { message_id: messageId, chat_id: chatId });
  }
}
