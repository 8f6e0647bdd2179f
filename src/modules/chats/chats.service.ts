import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import type { ChatDetailView, ChatView, CreateChat, ParticipantView, ReceiptView } from 'src/modules/chats/chats.dto';
import {
  ChatNotFound,
  ChatNotPermitted,
  GroupNeedsName,
  MessageNotFound,
  PrivateChatNeedsOne,
  UnknownParticipants,
} from 'src/modules/chats/chats.errors';
import { ChatsRepository, type ChatRow, type ParticipantRow } from 'src/modules/chats/chats.repository';
import { toMessageView } from 'src/modules/chats/messages.dto';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import { PrivacyService } from 'src/modules/users/privacy.service';
import { shownName, toPersonView } from 'src/modules/users/users.dto';
import type { User } from 'src/modules/users/users.entities';
import { UsersService } from 'src/modules/users/users.service';
import { z } from 'zod';

const ListPlace = z.object({ at: z.iso.datetime(), id: z.int() });

/** Chats and who takes part in them. */
@Injectable()
export class ChatsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly users: UsersService,
    private readonly privacy: PrivacyService,
    private readonly chats: ChatsRepository,
    private readonly messages: MessagesRepository,
  ) {}

  /** A new group, or the one private chat of the pair: `created` tells whether it is new. */
  async create(user: Principal, draft: CreateChat): Promise<{ chat: ChatDetailView; created: boolean }> {
    const others = [...new Set(draft.participant_ids)].filter((id) => id !== user.userId);
    const known = await this.users.activeByIds(others);
    const unknown = others.filter((id) => !known.has(id));
    if (unknown.length) throw UnknownParticipants({ user_ids: unknown.join(', ') });
    const { id, created } = await this.db.tx(() =>
      draft.chat_type === 'private'
        ? this.createPrivate(user, [...known.values()])
        : this.createGroup(user, [...known.values()], draft),
    );
    return { chat: await this.get(user, id), created };
  }

  /** The caller's chats, last active first. */
  async list(user: Principal, { limit, cursor }: PageQuery): Promise<Page<ChatView>> {
    const rows = await this.chats.listOfUser(user.userId, limit + 1, placeOf(ListPlace, cursor));
    const page = toPage(rows, limit, (last) => ({ at: last.updated_at.toISOString(), id: last.id }));
    return { ...page, items: await this.views(page.items) };
  }

  async get(user: Principal, chatId: number): Promise<ChatDetailView> {
    const [chat] = await this.views([await this.access(user.userId, chatId)]);
    return { ...chat!, participants: (await this.chats.participants(chatId)).map(toParticipantView) };
  }

  /** A chat that has just been made, for each participant as he sees it. */
  async viewsOfNew(chatId: number): Promise<{ userId: string; chat: ChatView }[]> {
    const userIds = await this.chats.participantIds(chatId);
    const rows = await this.chats.ofUsers(userIds, chatId);
    const views = await this.views(rows.map(({ chat }) => chat));
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

  private async createPrivate(user: Principal, others: User[]) {
    const [other] = others;
    if (!other || others.length > 1) throw PrivateChatNeedsOne();
    const pair = pairOf(user.userId, other.id);
    const id = await this.chats.insertPrivate(user.userId, pair);
    if (id === undefined) return { id: (await this.chats.privateChat(pair))!, created: false };
    await this.permit(user, 'message', others);
    await this.fill(id, [
      { userId: user.userId, role: 'member' },
      { userId: other.id, role: 'member' },
    ]);
    return { id, created: true };
  }

  private async createGroup(user: Principal, others: User[], { name, description }: CreateChat) {
    if (!name) throw GroupNeedsName();
    await this.permit(user, 'add_to_group', others);
    const id = await this.chats.insertGroup(user.userId, name, description ?? null);
    const members = others.map(({ id: userId }) => ({ userId, role: 'member' as const }));
    await this.fill(id, [{ userId: user.userId, role: 'owner' }, ...members]);
    return { id, created: true };
  }

  private async permit(user: Principal, what: 'message' | 'add_to_group', others: User[]) {
    const refusing = await this.privacy.refusing(user.userId, what, others);
    if (refusing.length) throw ChatNotPermitted({ user_ids: refusing.join(', ') });
  }

  private async fill(chatId: number, participants: Parameters<ChatsRepository['insertParticipants']>[1]) {
    await this.chats.insertParticipants(chatId, participants);
    await this.bus.publish('chat.created', { chat_id: chatId });
  }

  private async views(rows: ChatRow[]): Promise<ChatView[]> {
    const places = rows.flatMap((row) => (row.last_message_seq ? { chatId: row.id, seq: row.last_message_seq } : []));
    const newest = new Map((await this.messages.bySeqs(places)).map((message) => [message.chat_id, message]));
    return rows.map(({ last_message_seq: _, ...row }) => {
      const last = newest.get(row.id);
      return {
        ...row,
        name: shownName(row.name),
        created_at: row.created_at.toISOString(),
        updated_at: row.updated_at.toISOString(),
        last_message: last ? toMessageView(last) : null,
      };
    });
  }
}

const pairOf = (one: string, other: string) => [one, other].sort().join(':');

const toParticipantView = (row: ParticipantRow): ParticipantView => ({
  ...toPersonView({
    id: row.user_id,
    username: row.username,
    displayName: row.display_name,
    avatarUrl: row.avatar_url,
  }),
  user_id: row.user_id,
  role: row.role,
  joined_at: row.joined_at.toISOString(),
  last_read_seq: row.last_read_seq,
  last_delivered_seq: row.last_delivered_seq,
});
