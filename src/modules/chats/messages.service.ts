import { Injectable } from '@nestjs/common';
import { currentContext, type Context, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { GroupCommit, type Outcome } from 'src/core/database/group-commit';
import { violates } from 'src/core/database/violations';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import { placeOf, toPage, toListView } from 'src/core/http/paging';
import { ShowsChange, type ChangeRow } from 'src/modules/chats/changes.service';
import { MessageNotFound } from 'src/modules/chats/chats.errors';
import { postingLimit } from 'src/modules/chats/chats.policy';
import { ChatsRepository, type ChatRow, type LockedChat } from 'src/modules/chats/chats.repository';
import { ChatsService } from 'src/modules/chats/chats.service';
import { MessageRates } from 'src/modules/chats/message-rates.service';
import { MessageFilesService } from 'src/modules/chats/message-files.service';
import { MessageMediaService } from 'src/modules/chats/message-media.service';
import { MentionsService } from 'src/modules/chats/mentions.service';
import {
  toMessageView,
  type MessageListView,
  type MessagesQuery,
  type MessageView,
  type SendMessage,
} from 'src/modules/chats/messages.dto';
import {
  draftOf,
  plainRow,
  planSends,
  type Draft,
  type Ground,
  type Plan,
  type Planned,
} from 'src/modules/chats/messages.plan';
import { MessagesRepository, type MessageRow, type Place } from 'src/modules/chats/messages.repository';
import { BlocksService } from 'src/modules/users/blocks.service';
import { z } from 'zod';

/** A draft and the request it came with. */
interface Send {
  draft: Draft;
  context: Context;
}

/** Far more than are sent while one run of the live handlers is under way. */
const MOST_FRESH = 20_000;

const Place = z.object({ before: z.int().optional(), after: z.int().optional() });

/** Sends and reads messages. Concurrent sends share one transaction; each is acknowledged only after its commit. */
@Injectable()
export class MessagesService {
  private readonly sends = new GroupCommit<Send, MessageView>((sends) => this.db.tx(() => this.append(sends)));
  /** Just stored, by their ids, until their chats hear of them: nobody needs to read them back. */
  private readonly fresh = new Map<number, MessageRow>();

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly access: ChatsService,
    private readonly blocks: BlocksService,
    private readonly chats: ChatsRepository,
    private readonly messages: MessagesRepository,
    private readonly mentions: MentionsService,
    private readonly files: MessageFilesService,
    private readonly rates: MessageRates,
    private readonly media: MessageMediaService,
  ) {}

  /**
   * Stores a message under the next number of its chat. Sent again under the same `client_id`, it is answered with the first one;
   * with other content: `idempotency.mismatch`. Who writes too fast: `rate_limit.exceeded`.
   */
  async send(user: Principal, chatId: number, message: SendMessage): Promise<MessageView> {
    this.media.checkGif(message);
    const draft = draftOf(user.userId, chatId, message);
    try {
      return await this.rates.within(user.userId, chatId, () =>
        this.sends.submit({ draft, context: currentContext() }),
      );
    } catch (error) {
      // sent in the same moment to another chat, whose lock is not ours
      if (violates(error, 'uq_messages_sender_id_client_id')) throw IdempotencyMismatch();
      throw error;
    }
  }

  /** A page of a chat: the newest, or those before or after a number. */
  async list(user: Principal, chatId: number, query: MessagesQuery): Promise<MessageListView> {
    const chat = await this.access.access(user.userId, chatId);
    if (query.around !== undefined) return this.around(user, chat, query.around, query.limit);
    const hidden = chat.hidden_up_to_seq;
    const { before, after } = placeOf(Place, query.cursor) ?? { before: query.before_seq, after: query.after_seq };
    const rows =
      after === undefined
        ? await this.messages.before(user.userId, chatId, before ?? Number.MAX_SAFE_INTEGER, query.limit + 1, hidden)
        : await this.messages.after(user.userId, chatId, Math.max(after, hidden), query.limit + 1);
    const page = toPage(rows, query.limit, ({ seq }) => (after === undefined ? { before: seq } : { after: seq }));
    return { ...toListView('messages', page, toMessageView), last_seq: chat.last_seq };
  }

  /** The messages on both sides of one, newest first as all pages that go back. */
  private async around(user: Principal, chat: ChatRow, messageId: number, limit: number): Promise<MessageListView> {
    const [middle] = await this.messages.byIds([messageId]);
    if (middle?.chat_id !== chat.id || middle.seq <= chat.hidden_up_to_seq)
      throw MessageNotFound({ message_id: messageId });
    const newer = await this.messages.after(user.userId, chat.id, middle.seq, Math.floor(limit / 2));
    const rest = await this.messages.before(
      user.userId,
      chat.id,
      middle.seq + 1,
      limit - newer.length + 1,
      chat.hidden_up_to_seq,
    );
    const page = toPage([...newer.reverse(), ...rest], limit, ({ seq }) => ({ before: seq }));
    return { ...toListView('messages', page, toMessageView), last_seq: chat.last_seq };
  }

  /** Messages as everybody in their chats sees them, in the order of their numbers. */
  async views(ids: number[]): Promise<MessageView[]> {
    return (await this.messages.byIds(ids)).map(toMessageView);
  }

  async viewsById(ids: number[]): Promise<Map<number, MessageView>> {
    return new Map((await this.rowsBut(ids, [])).map((row) => [row.id, toMessageView(row)]));
  }

  /** Messages of which some are known already. */
  private async rowsBut(ids: number[], known: MessageRow[]): Promise<MessageRow[]> {
    const unknown = new Set(ids);
    known.forEach(({ id }) => unknown.delete(id));
    return unknown.size ? [...known, ...(await this.messages.byIds([...unknown]))] : known;
  }

  @ShowsChange('new_message')
  async shownNew(changes: ChangeRow[]): Promise<(object | undefined)[]> {
    const ids = changes.map(({ message_id }) => message_id!);
    const rows = await this.rowsBut(ids, this.takeFresh(ids));
    const threads = await this.viewsById(rows.flatMap(({ thread_id }) => thread_id ?? []));
    const shown = new Map(
      rows.map((row) => [
        row.id,
        {
          ...toMessageView(row),
          message_count: row.ordinal,
          thread_reply_count: row.thread_id === null ? null : (threads.get(row.thread_id)?.reply_count ?? null),
        },
      ]),
    );
    return changes.map(({ message_id }) => shown.get(message_id!));
  }

  @ShowsChange('message_updated')
  async shownUpdated(changes: ChangeRow[]): Promise<(MessageView | undefined)[]> {
    const views = await this.viewsById(changes.map(({ message_id }) => message_id!));
    return changes.map(({ message_id }) => views.get(message_id!));
  }

  @ShowsChange('message_deleted')
  async shownDeleted(changes: ChangeRow[]) {
    return (await this.shownUpdated(changes)).map((view) => view && { ...view, message_id: view.id });
  }

  private takeFresh(ids: number[]): MessageRow[] {
    const rows = ids.flatMap((id) => this.fresh.get(id) ?? []);
    ids.forEach((id) => this.fresh.delete(id));
    return rows;
  }

  private keepFresh(rows: MessageRow[]) {
    if (this.fresh.size > MOST_FRESH) this.fresh.clear(); // the handlers that take them fail
    rows.forEach((row) => this.fresh.set(row.id, row));
  }

  private async append(sends: Send[]): Promise<Outcome<MessageView>[]> {
    const drafts = sends.map(({ draft }) => draft);
    const plan = planSends(drafts, await this.groundOf(sends));
    const stored = await this.store(plan, sends);
    return plan.verdicts.map((verdict) => {
      if ('refused' in verdict) return { ok: false, error: verdict.refused };
      return { ok: true, value: 'stored' in verdict ? stored[verdict.stored]! : toMessageView(verdict.repeats) };
    });
  }

  /** Takes the chats' locks first and keeps them to the commit: so numbers have no gaps, and who was removed can't send any more. */
  private async groundOf(sends: Send[]): Promise<Ground> {
    const drafts = sends.map(({ draft }) => draft);
    const locked = await this.chats.lock([...new Set(drafts.map(({ chatId }) => chatId))]);
    const heads = new Map(locked.map(({ id, lastSeq, messageCount }) => [id, { seq: lastSeq, ordinal: messageCount }]));
    const posters = await this.chats.takingPart(drafts.map(({ chatId, senderId: userId }) => ({ chatId, userId })));
    const named = drafts.flatMap(({ senderId, clientId }) => (clientId === null ? [] : [{ senderId, clientId }]));
    const sentBefore: MessageRow[] = named.length ? await this.messages.byClientIds(named) : [];
    const answered = drafts.flatMap(({ replyToId, threadId }) => [replyToId ?? [], threadId ?? []].flat());
    const places = answered.length ? await this.messages.placesOf(answered) : new Map<number, Place>();
    const members = new Map(posters.map((poster) => [`${poster.chatId}:${poster.userId}`, poster]));
    const limits = new Map(
      posters.flatMap((poster) => {
        const limit = postingLimit(poster, poster, poster.now);
        return limit ? [[`${poster.chatId}:${poster.userId}`, limit] as const] : [];
      }),
    );
    return {
      heads,
      members,
      limits,
      closed: await this.closed(locked),
      sentBefore,
      places,
      files: await this.files.of(drafts),
      stickers: await this.media.of(sends),
    };
  }

  /** Those of the chats that are private ones of two who have parted. */
  private async closed(locked: LockedChat[]): Promise<Set<number>> {
    const chats = locked.flatMap(({ id, pair }) => (pair ? [{ id, pair }] : []));
    const parted = new Set((await this.blocks.parted(chats.map(({ pair }) => pair))).map(String));
    return new Set(chats.flatMap(({ id, pair }) => (parted.has(String(pair)) ? [id] : [])));
  }

  private async store({ messages, heads, verdicts }: Plan, sends: Send[]): Promise<MessageView[]> {
    if (!messages.length) return [];
    const mentioned = await this.mentions.of(messages);
    const stored = await this.messages.insert(
      messages.map((message, index) => ({ ...message, mentionsAll: mentioned[index]!.all })),
    );
    const ids = stored.map(({ id }) => id);
    await this.mentions.store(ids.map((messageId, index) => ({ messageId, userIds: mentioned[index]!.userIds })));
    const threads = messages.flatMap(({ threadId }) => threadId ?? []);
    if (threads.length) await this.messages.countReplies(threads);
    const newestOf = new Map(
      messages.map(({ chatId, senderId: userId, seq, ordinal }) => [
        `${chatId}:${userId}`,
        { chatId, userId, seq, ordinal },
      ]),
    );
    await this.chats.advance(
      [...heads].map(([chatId, head]) => ({ chatId, ...head })),
      [...newestOf.values()],
    );
    const plain = messages.flatMap((message, index) => plainRow(message, stored[index]!, mentioned[index]!) ?? []);
    this.db.onCommit(() => this.keepFresh(plain));
    const contexts = messages.map((_, index) => {
      const first = verdicts.findIndex((verdict) => 'stored' in verdict && verdict.stored === index);
      return sends[first]!.context;
    });
    for (const [index, message] of messages.entries()) await this.media.used(message, contexts[index]!);
    const stated = <P>(payload: (id: number, message: Planned) => P) =>
      ids.map((id, index) => ({ payload: payload(id, messages[index]!), context: contexts[index]! }));
    await this.bus.publishAll(
      'message.created',
      stated((message_id, { chatId: chat_id }) => ({ message_id, chat_id })),
    );
    await this.bus.publishAll(
      'chat.changed',
      stated((message_id, { chatId: chat_id, seq, senderId: actor_id }) => ({
        ...{ chat_id, seq, type: 'new_message' as const, message_id, user_id: null, actor_id, data: null },
      })),
    );
    const views = new Map((await this.rowsBut(ids, plain)).map((row) => [row.id, toMessageView(row)]));
    return ids.map((id) => views.get(id)!);
  }
}
