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
      await this.settle(chatId, userIds, () => this.chats.participantIds(chatId, userIds));
      const views = await this.chats.viewsFor(chatId, userIds);
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
    for (const { chat_id: chatId, user_ids: userIds } of facts)
      await this.settle(chatId, userIds, () => this.chats.participantIds(chatId, userIds));
  }

  /** In the room of their private chat neither would hear but the other: typing, receipts. */
  @OnCommit('user.blocked')
  async parted(facts: Fact<'user.blocked'>[]) {
    for (const { user_id: one, other_id: other } of facts) await this.meet(one, other);
  }

  @OnCommit('user.unblocked')
  async reunited(facts: Fact<'user.unblocked'>[]) {
    for (const { user_id: one, other_id: other } of facts) await this.meet(one, other);
  }

  private async meet(one: string, other: string) {
    const chatId = await this.chats.privateChatOf(one, other);
    if (chatId === undefined) return;
    const pair = [one, other];
    await this.settle(chatId, pair, async () => ((await this.blocks.blockedBetween(one, [other])).size ? [] : pair));
  }

  /**
   * Puts those of the users into the chat's room who belong there, and takes the others out of it; and again, until it is as PostgreSQL
   * has it: what another node has changed after it was asked, that one may have done before this was done.
   */
  private async settle(chatId: number, userIds: string[], belonging: () => Promise<string[]>) {
    const placed = new Map<string, 'join' | 'leave'>();
    for (let isSettled = false; !isSettled;) {
      const inside = new Set(await belonging());
      isSettled = true;
      for (const userId of userIds) {
        const move = inside.has(userId) ? 'join' : 'leave';
        if (placed.get(userId) === move) continue;
        this.realtime[move](userId, room('chat', chatId));
        placed.set(userId, move);
        isSettled = false;
      }
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
