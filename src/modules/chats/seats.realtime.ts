import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';
import { room } from 'src/core/redis/keys';
import type { ChatView } from 'src/modules/chats/chats.dto';
import { ChatsService } from 'src/modules/chats/chats.service';
import { hasOurWords } from 'src/modules/chats/notices';
import { BlocksService } from 'src/modules/users/blocks.service';

/** Puts open connections into the rooms of chats, and takes them out, as people come and go. New connections are `ChatRooms`' to place. */
@Injectable()
export class SeatsRealtime {
  constructor(
    private readonly chats: ChatsService,
    private readonly blocks: BlocksService,
    private readonly realtime: Realtime,
  ) {}

  @OnCommit('chat.joined', ({ user_ids }) => user_ids.map((id) => room('user', id)))
  async joined(facts: Fact<'chat.joined'>[]) {
    for (const { chat_id: chatId, user_ids: userIds } of facts) {
      await this.settle(chatId, userIds, () => this.chats.participantIds(chatId, userIds));
      const views = await this.chats.viewsFor(chatId, userIds);
      if (!views.some(({ chat }) => isInOurWords(chat)))
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

  /** Who is in the room of their private chat hears there when the other types and reads. What changes in it both are told all the same. */
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
}

/** What is called by us, as saved messages are, or holds a message with our words. */
const isInOurWords = ({ chat_type, last_message }: ChatView) =>
  chat_type === 'saved' || (last_message !== null && hasOurWords(last_message));
