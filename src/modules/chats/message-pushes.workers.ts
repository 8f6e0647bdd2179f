import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit, OnEvent } from 'src/core/events/bus';
import { Attention } from 'src/core/realtime/attention';
import { ChatsService } from 'src/modules/chats/chats.service';
import { groupOf, keyOf } from 'src/modules/chats/message-notes';
import { MessagesService } from 'src/modules/chats/messages.service';
import { CountsUnread } from 'src/modules/push/badges.service';
import { PushService } from 'src/modules/push/push.service';
import { StillTold, type Standing, type Told } from 'src/modules/push/standing.service';
import { BlocksService } from 'src/modules/users/blocks.service';

const EXCERPT = 120;

/** Tells people of messages on their devices, and takes back what they have seen elsewhere. */
@Injectable()
export class MessagePushes {
  constructor(
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
    private readonly attention: Attention,
    private readonly push: PushService,
    private readonly blocks: BlocksService,
  ) {}

  /**
   * A push for every participant who has the chat open on no device that he is at, and has not muted it, and no block between him and
   * the sender. Whom the message names, or all if it names all, is told in spite of the mute. Its sender has read what was said before.
   */
  @OnEvent('message.created')
  async notifyAbsent({ message_id: messageId, chat_id: chatId }: Fact<'message.created'>) {
    const [message] = await this.messages.views([messageId]);
    if (!message) return;
    await this.push.seen([{ userId: message.sender_id, group: groupOf(chatId), upTo: messageId }]);
    if (message.is_deleted) return;
    const named = message.mentions_all ? 'all' : message.mentions;
    const tellable = await this.chats.tellableIds(chatId, message.seq, named);
    const others = tellable.filter((id) => id !== message.sender_id);
    const looking = await this.attention.lookingAt(groupOf(chatId), others);
    const blocked = await this.blocks.blockedBetween(message.sender_id, others);
    const absent = others.filter((userId) => !looking.has(userId) && !blocked.has(userId));
    if (!absent.length) return;
    const group = await this.chats.groupName(chatId);
    const params = {
      sender: message.sender_name,
      group: group ?? '',
      text: [...message.content].slice(0, EXCERPT).join(''),
    };
    const title = { key: group === null ? 'message.title' : 'message.group.title', params };
    const notes = absent.map((userId) => ({
      userId,
      key: keyOf(messageId),
      kind: 'message' as const,
      category: named === 'all' || named.includes(userId) ? 'mention' : undefined,
      aboutUserId: message.sender_id,
      title,
      body: { key: message.content ? 'message.body' : `message.${message.message_type}.body`, params },
      group: { key: groupOf(chatId), position: messageId, summary: { key: 'message.summary.body' } },
      data: {
        chat_id: String(chatId),
        message_id: String(messageId),
        sender_id: message.sender_id,
      },
    }));
    // Who deletes it takes back what was told of it: what is told after that would stay.
    await this.messages.ifStanding(messageId, () => this.push.notify(notes));
  }

  /** Only a hint, for people read much: if it is lost, the app takes away what it shows when it is opened. */
  @OnCommit('message.marked')
  async takeBackRead(facts: Fact<'message.marked'>[]) {
    const read = facts.filter(({ what }) => what === 'read');
    await this.push.seen(
      read.map(({ user_id: userId, chat_id, message_id: upTo }) => ({ userId, group: groupOf(chat_id), upTo })),
    );
  }

  /** He can't open the chat any more. A hint as well. */
  @OnCommit('chat.left')
  async takeBackLeft(facts: Fact<'chat.left'>[]) {
    await this.push.seen(
      facts.flatMap(({ chat_id, user_ids }) =>
        user_ids.map((userId) => ({ userId, group: groupOf(chat_id), upTo: Number.MAX_SAFE_INTEGER })),
      ),
    );
  }

  @OnEvent('message.deleted')
  async takeBackDeleted({ message_id: messageId, chat_id: chatId }: Fact<'message.deleted'>) {
    // who has left since has it on his devices too
    const userIds = await this.chats.everIds(chatId);
    await this.push.retract(userIds.map((userId) => ({ userId, key: keyOf(messageId) })));
  }

  /** He takes part still, and sees the message. */
  @StillTold('message')
  async stillTold(told: Told[]): Promise<Standing[]> {
    const asked = told.map(({ userId, of }) => ({ userId, messageId: Number(of) }));
    return (await this.messages.areSeen(asked)).map((isSeen) => (isSeen ? 'stands' : 'over'));
  }

  @CountsUnread()
  unread(userIds: string[]): Promise<Map<string, number>> {
    return this.chats.unreadOf(userIds);
  }
}
