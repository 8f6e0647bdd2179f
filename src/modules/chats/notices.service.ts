import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { ChatsRepository } from 'src/modules/chats/chats.repository';
import type { Notice } from 'src/modules/chats/message-types';
import { MessagesRepository, type NewMessage } from 'src/modules/chats/messages.repository';

/**
 * Says in chats what has happened there, by messages of the type `system`. They are numbered and synced as all messages are, but
 * nobody is woken for them, they are not unread, and their actors have not read the chat by them.
 */
@Injectable()
export class NoticesService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly log: ChatLog,
    private readonly chats: ChatsRepository,
    private readonly messages: MessagesRepository,
  ) {}

  /**
   * Says something in a chat, in the transaction that makes it true; nothing in a chat that is gone. Under a `key`, which is the
   * actor's, it is said once.
   */
  async say(chatId: number, notice: Notice, key?: string): Promise<void> {
    await this.db.tx(async () => {
      const [head] = await this.log.lock([chatId]);
      if (!head) return;
      // Clients can't name their messages so: there is a space in it.
      const [senderId, clientId] = [notice.actor_id, key === undefined ? null : `notice ${key}`];
      if (clientId !== null && (await this.messages.byClientIds([{ senderId, clientId }])).length) return;
      const known = await this.messages.newId();
      const place = { chatId, seq: head.lastSeq + 1, ordinal: head.messageCount };
      const message: NewMessage = {
        ...{ ...known, ...place, senderId, clientId, content: '', messageType: 'system', metadata: notice },
        ...{ fileId: null, replyToId: null, threadId: null, forwardOf: null, links: [], terms: null },
      };
      this.messages.insert([message], [false]);
      this.chats.advance([place], []);
      await this.bus.publish('chat.changed', {
        ...{ chat_id: chatId, seq: place.seq, type: 'new_message', message_id: message.id },
        ...{ user_id: null, actor_id: senderId, data: null, pair: head.pair?.join(':') ?? null },
      });
    });
  }
}
