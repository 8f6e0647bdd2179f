import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Forbidden } from 'src/core/errors/common.errors';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { TooManyPins } from 'src/modules/chats/chats.errors';
import { ContentsRepository } from 'src/modules/chats/contents.repository';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import type { MessageView } from 'src/modules/chats/messages.dto';
import { MessagesService } from 'src/modules/chats/messages.service';

const MOST_PINS = 50;

/** Messages that are kept at the top of their chats, for everybody: in groups by those who govern them, in private chats by both. */
@Injectable()
export class PinsService {
  constructor(
    private readonly db: Database,
    private readonly log: ChatLog,
    private readonly access: MessageAccess,
    private readonly contents: ContentsRepository,
    private readonly messages: MessagesService,
  ) {}

  /** Safe to repeat. Throws `auth.forbidden`, `chat.too_many_pins`, and what `MessageAccess.change` throws. */
  set(user: Principal, messageId: number, pinned: boolean): Promise<MessageView> {
    return this.db.tx(async () => {
      const message = await this.access.change(user.userId, messageId);
      if (message.chatType === 'group' && message.role === 'member') throw Forbidden();
      if (message.isPinned !== pinned) {
        if (pinned && (await this.contents.countPinned(message.chatId)) >= MOST_PINS)
          throw TooManyPins({ limit: MOST_PINS });
        await this.contents.setPinned(messageId, pinned);
        await this.log.append(message.chatId, { type: 'message_updated', messageId });
      }
      return (await this.messages.views([messageId]))[0]!;
    });
  }
}
