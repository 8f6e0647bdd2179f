import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import type { ChatDetailView, ChatsQuery, ChatSummaryView, ChatView, ReceiptView } from 'src/modules/chats/chats.dto';
import { ChatNotFound, MessageNotFound } from 'src/modules/chats/chats.errors';
import { ChatViews } from 'src/modules/chats/chat-views.service';
import { ChatsRepository, pairOf, type ChatRow } from 'src/modules/chats/chats.repository';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import { z } from 'zod';

const ListPlace = z.object({ pinned: z.boolean(), at: z.iso.datetime(), id: z.int() });
const ARCHIVED = { any: null, true: true, false: false };

/** Chats and who takes part in them. */
@Injectable()
export class ChatsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly chats: ChatsRepository,
    private readonly messages: MessagesRepository,
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
    return this.views.detail(user.userId, await this.access(user.userId, chatId));
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

  heardBy = (userId: string): Promise<number[]> => this.chats.heardBy(userId);

  /** The private chat of two, if they have one. */
  privateChatOf = (one: string, other: string): Promise<number | undefined> =>
    this.chats.privateChat(pairOf(one, other));

  participantIds = (chatId: number): Promise<string[]> => this.chats.participantIds(chatId);

  /** Those who have not muted the chat. */
  unmutedIds = (chatId: number): Promise<string[]> => this.chats.unmutedIds(chatId);

  /** Moves the caller's mark up to a message of the chat (never back). `chatId` may be left to the message. */
  async mark(user: Principal, what: 'read' | 'delivered', messageId: number, chatId?: number): Promise<ReceiptView> {
    return this.db.tx(async () => {
      const [message] = await this.messages.byIds([messageId]);
      if (!message || (chatId !== undefined && message.chat_id !== chatId))
        throw MessageNotFound({ message_id: messageId });
      const { chat_id, seq, ordinal } = message;
      await this.access(user.userId, chat_id, MessageNotFound({ message_id: messageId }));
      const receipt = { chat_id, user_id: user.userId, message_id: messageId, seq, at: new Date().toISOString() };
      if (await this.chats.mark({ chatId: chat_id, seq, ordinal }, user.userId, what))
        await this.bus.publish('message.marked', { what, ...receipt });
      return receipt;
    });
  }

  /** The only way to a chat on a user's behalf; a stranger is told that it does not exist. */
  async access(userId: string, chatId: number, notFound = ChatNotFound({ chat_id: chatId })): Promise<ChatRow> {
    const chat = await this.chats.ofUser(userId, chatId);
    if (!chat) throw notFound;
    return chat;
  }
}
