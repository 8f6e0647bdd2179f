import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Fact, RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { Attention } from 'src/core/realtime/attention';
import { Realtime } from 'src/core/realtime/realtime';
import { OnRequest } from 'src/core/realtime/requests';
import { room } from 'src/core/redis/keys';
import { ChangesService } from 'src/modules/chats/changes.service';
import { ChatsService } from 'src/modules/chats/chats.service';
import { SendingService } from 'src/modules/chats/sending.service';
import { SyncService } from 'src/modules/chats/sync.service';
import { BlocksService } from 'src/modules/users/blocks.service';

/** Chats over sockets. `ChatRooms` puts every connection into the rooms of its user's chats. */
@Injectable()
export class ChatsRealtime {
  constructor(
    private readonly chats: ChatsService,
    private readonly sending: SendingService,
    private readonly changes: ChangesService,
    private readonly missed: SyncService,
    private readonly blocks: BlocksService,
    private readonly realtime: Realtime,
    private readonly attention: Attention,
  ) {}

  @OnRequest('join_chat')
  async open(user: Principal, { chat_id: chatId }: RequestBody<'join_chat'>, socket: Socket) {
    const { last_seq } = await this.chats.access(user.userId, chatId);
    await this.attention.look(user, socket, `chat:${chatId}`);
    return { chat_id: chatId, last_seq };
  }

  @OnRequest('leave_chat')
  async close(user: Principal, { chat_id: chatId }: RequestBody<'leave_chat'>, socket: Socket) {
    await this.attention.lookAway(user, socket, `chat:${chatId}`);
    await this.chats.access(user.userId, chatId);
    return { chat_id: chatId };
  }

  @OnRequest('sync')
  sync(user: Principal, asked: RequestBody<'sync'>) {
    return this.missed.sync(user, asked);
  }

  @OnRequest('send_message')
  send(user: Principal, { chat_id: chatId, ...message }: RequestBody<'send_message'>) {
    return this.sending.send(user, chatId, message);
  }

  @OnCommit('chat.joined')
  async joined(facts: Fact<'chat.joined'>[]) {
    for (const { chat_id: chatId, user_ids: userIds } of facts) {
      const views = await this.chats.viewsFor(chatId, userIds);
      views.forEach(({ userId }) => this.realtime.join(userId, room('chat', chatId)));
      if (!views.some(({ chat }) => chat.last_message && isNotice(chat.last_message)))
        views.forEach(({ userId, chat }) => this.realtime.toUser(userId, 'chat_created', chat));
      else
        await this.realtime.inEachLanguage(async (send) => {
          for (const { userId, chat } of await this.chats.viewsFor(chatId, userIds))
            send(room('user', userId), 'chat_created', chat);
        });
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
    for (const { type, chat_id, data } of await this.changes.events(facts)) {
      const target = room('chat', chat_id);
      if (!isNotice(data)) this.realtime.toRoom(target, type, data);
      else {
        const same = facts.filter((fact) => fact.chat_id === chat_id && fact.seq === data.change_seq);
        await this.realtime.inEachLanguage(async (send) => {
          for (const said of await this.changes.events(same)) send(target, said.type, said.data);
        });
      }
    }
  }
}

/** Does it hold a text of ours? */
const isNotice = (shown: object): boolean => 'message_type' in shown && shown.message_type === 'system';
