import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Fact, RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { OnConnect, Realtime } from 'src/core/realtime/realtime';
import { OnRequest } from 'src/core/realtime/requests';
import { room } from 'src/core/redis/keys';
import { ChangesService } from 'src/modules/chats/changes.service';
import { ChatNotFound } from 'src/modules/chats/chats.errors';
import { ChatsService } from 'src/modules/chats/chats.service';
import { MessagesService } from 'src/modules/chats/messages.service';
import { BlocksService } from 'src/modules/users/blocks.service';

const TYPING_SECONDS = 10;

/** Chats over sockets. Every connection is in the rooms of all its user's chats; being in one is the right to hear and type there. */
@Injectable()
export class ChatsRealtime {
  constructor(
    private readonly chats: ChatsService,
    private readonly messages: MessagesService,
    private readonly changes: ChangesService,
    private readonly blocks: BlocksService,
    private readonly realtime: Realtime,
  ) {}

  @OnConnect()
  async connected({ userId }: Principal, socket: Socket) {
    await socket.join((await this.chats.heardBy(userId)).map((id) => room('chat', id)));
  }

  @OnRequest('join_chat')
  async open({ userId }: Principal, { chat_id: chatId }: RequestBody<'join_chat'>) {
    const { last_seq } = await this.chats.access(userId, chatId);
    return { chat_id: chatId, last_seq };
  }

  @OnRequest('leave_chat')
  close(_user: Principal, { chat_id }: RequestBody<'leave_chat'>) {
    return { chat_id };
  }

  @OnRequest('send_message')
  send(user: Principal, { chat_id: chatId, ...message }: RequestBody<'send_message'>) {
    return this.messages.send(user, chatId, message);
  }

  @OnRequest('message_read')
  read(user: Principal, { chat_id: chatId, message_id: messageId }: RequestBody<'message_read'>) {
    return this.chats.mark(user, 'read', messageId, chatId);
  }

  @OnRequest('message_delivered')
  delivered(user: Principal, { chat_id: chatId, message_id: messageId }: RequestBody<'message_delivered'>) {
    return this.chats.mark(user, 'delivered', messageId, chatId);
  }

  @OnRequest('typing_indicator')
  typing({ userId }: Principal, { chat_id, is_typing }: RequestBody<'typing_indicator'>, socket: Socket) {
    const target = room('chat', chat_id);
    if (!socket.rooms.has(target)) throw ChatNotFound({ chat_id });
    const typing = { chat_id, user_id: userId, is_typing, expires_in: TYPING_SECONDS };
    this.realtime.toRoom(target, 'typing_indicator', typing, userId);
    return { chat_id };
  }

  @OnCommit('chat.joined')
  async joined(facts: Fact<'chat.joined'>[]) {
    for (const { chat_id: chatId, user_ids: userIds } of facts) {
      for (const { userId, chat } of await this.chats.viewsFor(chatId, userIds)) {
        this.realtime.join(userId, room('chat', chatId));
        this.realtime.toUser(userId, 'chat_created', chat);
      }
    }
  }

  /** They were taken out before the commit; here those of their connections that came meanwhile, unless they are in again. */
  @OnCommit('chat.left')
  async left(facts: Fact<'chat.left'>[]) {
    for (const { chat_id: chatId, user_ids: userIds } of facts) {
      const present = new Set(await this.chats.participantIds(chatId));
      for (const userId of userIds) if (!present.has(userId)) this.realtime.leave(userId, room('chat', chatId));
    }
  }

  /** In the room of their private chat neither would hear but the other: typing, receipts. */
  @OnCommit('user.blocked')
  async parted(facts: Fact<'user.blocked'>[]) {
    for (const { user_id: one, other_id: other } of facts) {
      const chatId = await this.chats.privateChatOf(one, other);
      if (chatId !== undefined) [one, other].forEach((userId) => this.realtime.leave(userId, room('chat', chatId)));
    }
  }

  @OnCommit('user.unblocked')
  async reunited(facts: Fact<'user.unblocked'>[]) {
    for (const { user_id: one, other_id: other } of facts) {
      const chatId = await this.chats.privateChatOf(one, other);
      if (chatId === undefined || (await this.blocks.blockedBetween(one, [other])).size) continue;
      [one, other].forEach((userId) => this.realtime.join(userId, room('chat', chatId)));
    }
  }

  /** One handler for all kinds, so that what this process changes in a chat is sent in order. */
  @OnCommit('chat.changed')
  async changed(facts: Fact<'chat.changed'>[]) {
    for (const { type, chat_id, data } of await this.changes.events(facts))
      this.realtime.toRoom(room('chat', chat_id), type, data);
  }

  @OnCommit('message.marked')
  marked(facts: Fact<'message.marked'>[]) {
    for (const { what, ...receipt } of facts)
      this.realtime.toRoom(
        room('chat', receipt.chat_id),
        what === 'read' ? 'message_read' : 'message_delivered',
        receipt,
      );
  }
}
