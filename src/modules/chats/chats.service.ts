import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import type { ChatDetailView, ChatsQuery, ChatSummaryView, ChatView } from 'src/modules/chats/chats.dto';
import { ChatNotFound } from 'src/modules/chats/chats.errors';
import { ChatViews } from 'src/modules/chats/chat-views.service';
import { ChatsRepository, pairOf, type ChatRow, type Seat } from 'src/modules/chats/chats.repository';
import { z } from 'zod';

const ListPlace = z.object({ pinned: z.boolean(), at: z.iso.datetime(), id: z.int() });
const ARCHIVED = { any: null, true: true, false: false };

/** Chats and who takes part in them. */
@Injectable()
export class ChatsService {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly views: ChatViews,
  ) {}

  /** The caller's chats: pinned ones first, then last active first. */
  async list(user: Principal, { limit, cursor, archived }: ChatsQuery): Promise<Page<ChatSummaryView>> {
    const below = placeOf(ListPlace, cursor);
    const rows = await this.chats.listOfUser(user.userId, limit + 1, ARCHIVED[archived], below);
    const page = toPage(rows, limit, (last) => ({
      pinned: last.is_pinned,
      at: last.updated_at.toISOString(),
      id: last.id,
    }));
    return { ...page, items: await this.views.summaries(user.userId, page.items) };
  }

  async get(user: Principal, chatId: number): Promise<ChatDetailView> {
    return this.views.detail(user.userId, await this.seen(user.userId, chatId));
  }

  /** Those of the chats that the user takes part in, as he sees them. */
  async viewsOf(userId: string, chatIds: number[]): Promise<Map<number, ChatView>> {
    const rows = chatIds.length ? await this.chats.ofUserIn(userId, chatIds) : [];
    return new Map((await this.views.of(rows)).map((view) => [view.id, view]));
  }

  /** A chat as each of those of the users who take part sees it. */
  async viewsFor(chatId: number, userIds: string[]): Promise<{ userId: string; chat: ChatView }[]> {
    const rows = await this.chats.ofUsers(userIds, chatId);
    const views = await this.views.of(rows.map(({ chat }) => chat));
    return rows.map(({ userId }, index) => ({ userId, chat: views[index]! }));
  }

  /** The name of a group; null for a private chat. */
  groupName = (chatId: number): Promise<string | null> => this.chats.groupName(chatId);

  /** The chats of each of the users, in one query. */
  chatIdsOfUsers = (userIds: string[]): Promise<Map<string, number[]>> => this.chats.chatIdsOfUsers(userIds);

  /** All who share a chat with any of the users, the users included. */
  peopleAround = (userIds: string[]): Promise<string[]> => this.chats.peopleAround(userIds);

  /** The private chat of two, if they have one. */
  privateChatOf = (one: string, other: string): Promise<number | undefined> =>
    this.chats.privateChat(pairOf(one, other));

  /** Did the user take part in the chat, and does no more? */
  hasLeft = (userId: string, chatId: number): Promise<boolean> => this.chats.hasLeft(userId, chatId);

  /** Of the users, if they are given. */
  participantIds = (chatId: number, of?: string[]): Promise<string[]> => this.chats.participantIds(chatId, of);

  /** All who take part in the chat or ever did. */
  everIds = (chatId: number): Promise<string[]> => this.chats.everIds(chatId);

  /** Whom to tell on their devices of a message: all who have not read it and have not muted the chat, and whom it names. */
  tellableIds = (chatId: number, seq: number, named: string[] | 'all'): Promise<string[]> =>
    this.chats.tellableIds(chatId, seq, named);

  /** Of each of the users, how many messages he has not read, over all his chats. */
  unreadOf = (userIds: string[]): Promise<Map<string, number>> => this.chats.unreadOf(userIds);

  /** The only way to a chat on a user's behalf; a stranger is told that it does not exist. */
  async access(userId: string, chatId: number, notFound = ChatNotFound({ chat_id: chatId })): Promise<Seat> {
    const seat = await this.chats.seat(userId, chatId);
    if (!seat) throw notFound;
    return seat;
  }

  /** The same, with all that the user sees of the chat. */
  async seen(userId: string, chatId: number): Promise<ChatRow> {
    const chat = await this.chats.ofUser(userId, chatId);
    if (!chat) throw ChatNotFound({ chat_id: chatId });
    return chat;
  }
}
