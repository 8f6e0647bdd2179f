import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { MessageNotFound } from 'src/modules/chats/chats.errors';
import { ContentsRepository } from 'src/modules/chats/contents.repository';
import { keyOf } from 'src/modules/chats/message-notes';
import { UnreadRepository } from 'src/modules/chats/unread.repository';
import { PushService } from 'src/modules/push/push.service';

/** Deletes messages for oneself alone. */
@Injectable()
export class HidingsService {
  constructor(
    private readonly db: Database,
    private readonly streams: Streams,
    private readonly contents: ContentsRepository,
    private readonly unread: UnreadRepository,
    private readonly push: PushService,
  ) {}

  /** Takes a message out of the caller's own view, on all his devices, and out of nobody else's. Safe to repeat. */
  async hide(user: Principal, messageId: number): Promise<void> {
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
      await this.push.retract([{ userId: user.userId, key: keyOf(messageId) }]);
    });
  }
}
