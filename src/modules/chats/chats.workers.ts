import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { Presence } from 'src/core/realtime/presence';
import { ChatsService } from 'src/modules/chats/chats.service';
import { GroupsService } from 'src/modules/chats/groups.service';
import { MessagesService } from 'src/modules/chats/messages.service';
import { PushService } from 'src/modules/push/push.service';
import { BlocksService } from 'src/modules/users/blocks.service';

const EXCERPT = 120;

@Injectable()
export class ChatsWorkers {
  constructor(
    private readonly chats: ChatsService,
    private readonly groups: GroupsService,
    private readonly messages: MessagesService,
    private readonly presence: Presence,
    private readonly push: PushService,
    private readonly blocks: BlocksService,
  ) {}

  @OnEvent('chat.deserted')
  async purge({ chat_id: chatId }: Fact<'chat.deserted'>) {
    await this.groups.purge(chatId);
  }

  /**
   * A push for every participant who has no open connection and has not muted the chat, and no block between him and the sender.
   * Whom the message names, or all if it names all, is told in spite of the mute.
   */
  @OnEvent('message.created')
  async notifyAbsent({ message_id: messageId, chat_id: chatId }: Fact<'message.created'>) {
    const [message] = await this.messages.views([messageId]);
    if (!message) return;
    const tellable = message.mentions_all
      ? await this.chats.participantIds(chatId)
      : await this.chats.tellableIds(chatId, message.mentions);
    const others = tellable.filter((id) => id !== message.sender_id);
    const present = await this.presence.online(others);
    const blocked = await this.blocks.blockedBetween(message.sender_id, others);
    const group = await this.chats.groupName(chatId);
    const params = {
      sender: message.sender_name,
      group: group ?? '',
      text: [...message.content].slice(0, EXCERPT).join(''),
    };
    const title = { key: group === null ? 'message.title' : 'message.group.title', params };
    await this.push.notify(
      others
        .filter((userId) => !present.has(userId) && !blocked.has(userId))
        .map((userId) => ({
          userId,
          key: `message:${messageId}`,
          kind: 'message' as const,
          aboutUserId: message.sender_id,
          title,
          body: { key: message.content ? 'message.body' : `message.${message.message_type}.body`, params },
          data: {
            type: 'message',
            chat_id: String(chatId),
            message_id: String(messageId),
            sender_id: message.sender_id,
          },
        })),
    );
  }
}
