import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { ChatsService } from 'src/modules/chats/chats.service';
import type { MediaQuery, SearchQuery } from 'src/modules/chats/contents.dto';
import { FoundMessagesRepository, type FoundRow } from 'src/modules/chats/found-messages.repository';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import type { MessageView } from 'src/modules/chats/messages.dto';
import { MessagesService } from 'src/modules/chats/messages.service';
import { queryOf } from 'src/modules/chats/search-terms';
import { z } from 'zod';

/** A cursor of these lists names the number of a message, or its id where there are several chats. */
const Place = z.int();

/** Messages found by what they say or are, in chats where the caller takes part now. */
@Injectable()
export class FoundMessagesService {
  constructor(
    private readonly chats: ChatsService,
    private readonly access: MessageAccess,
    private readonly found: FoundMessagesRepository,
    private readonly messages: MessagesService,
  ) {}

  /** In one chat, or in all of the caller's: newest first. A query of signs alone finds nothing. */
  async search(user: Principal, asked: SearchQuery, chatId?: number): Promise<Page<MessageView>> {
    const chatIds = chatId === undefined ? await this.chatsOf(user) : [await this.mine(user, chatId)];
    const query = queryOf(chatIds, asked.q);
    if (query === undefined || !chatIds.length) return { items: [], nextCursor: null };
    const { limit, cursor, sender_id: senderId, type: types, from, to } = asked;
    const wanted = { chatIds, query, senderId, types, from, to, below: placeOf(Place, cursor) };
    return this.shown(toPage(await this.found.search(user.userId, limit + 1, wanted), limit, ({ id }) => id));
  }

  /** The messages of a chat that carry media of the types: newest first. */
  async media(user: Principal, chatId: number, { limit, cursor, type }: MediaQuery): Promise<Page<MessageView>> {
    const below = placeOf(Place, cursor) ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.found.media(user.userId, await this.mine(user, chatId), type, below, limit + 1);
    return this.shown(toPage(rows, limit, ({ seq }) => seq));
  }

  /** The messages of a chat in which there are web addresses: newest first. */
  async links(user: Principal, chatId: number, { limit, cursor }: PageQuery): Promise<Page<MessageView>> {
    const below = placeOf(Place, cursor) ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.found.withLinks(user.userId, await this.mine(user, chatId), below, limit + 1);
    return this.shown(toPage(rows, limit, ({ seq }) => seq));
  }

  /** All pinned messages of a chat, those pinned last first. */
  async pinned(user: Principal, chatId: number): Promise<Page<MessageView>> {
    return this.shown({ items: await this.found.pinned(user.userId, await this.mine(user, chatId)), nextCursor: null });
  }

  /** The message with which a thread began (null if it is gone for the caller), and those in it, oldest first. Any of its messages may be named. */
  async thread(user: Principal, messageId: number, { limit, cursor }: PageQuery) {
    const { threadId } = await this.access.read(user.userId, messageId);
    const rootId = threadId ?? messageId;
    const rows = await this.found.thread(user.userId, rootId, placeOf(Place, cursor) ?? 0, limit + 1);
    const page = await this.shown(toPage(rows, limit, ({ seq }) => seq));
    const isSeen = rootId === messageId || (await this.access.isSeen(user.userId, rootId));
    return { root: isSeen ? (await this.messages.views([rootId]))[0]! : null, page };
  }

  private async shown({ items, nextCursor }: Page<FoundRow>): Promise<Page<MessageView>> {
    const views = await this.messages.viewsById(items.map(({ id }) => id));
    return { items: items.flatMap(({ id }) => views.get(id) ?? []), nextCursor };
  }

  private async chatsOf({ userId }: Principal): Promise<number[]> {
    return (await this.chats.chatIdsOfUsers([userId])).get(userId) ?? [];
  }

  private async mine({ userId }: Principal, chatId: number): Promise<number> {
    return (await this.chats.access(userId, chatId)).id;
  }
}
