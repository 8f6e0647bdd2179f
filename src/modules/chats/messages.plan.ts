import { isDeepStrictEqual } from 'node:util';
import { AppError } from 'src/core/errors/app-error';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { ChatClosed, ChatNotFound, PostingNotAllowed, ReplyNotInChat, SlowMode } from 'src/modules/chats/chats.errors';
import type { PostingLimit } from 'src/modules/chats/chats.policy';
import type { Head, Sender } from 'src/modules/chats/chats.repository';
import type { Addressed } from 'src/modules/chats/mentions';
import type { SentSticker } from 'src/modules/chats/message-types';
import type { SendMessage } from 'src/modules/chats/messages.dto';
import type { Mentioned } from 'src/modules/chats/mentions.service';
import type { Passed } from 'src/modules/chats/forwards.service';
import type { MessageRow, NewId, NewMessage, Place } from 'src/modules/chats/messages.repository';
import type { FileView } from 'src/modules/files/files.dto';
import { readText } from 'src/modules/chats/texts';

/** A message to be sent, that has no number yet. */
export interface Draft extends Omit<NewMessage, 'seq' | 'ordinal' | keyof NewId> {
  addressed: Addressed;
  /** Of a pack; null if it shows none. */
  stickerId: number | null;
}

/** A message as it will be stored, but that nobody knows yet whom it reaches. */
export type Planned = Draft & NewMessage & { sender: Sender };

export function draftOf(senderId: string, chatId: number, message: SendMessage): Draft {
  const forwardOf = ('forward_of' in message && message.forward_of) || null;
  const content = ('content' in message && message.content) || '';
  const metadata = ('metadata' in message && message.metadata) || null;
  const stickerId = ('sticker_id' in message && message.sticker_id) || null;
  const fileId = ('file_id' in message && message.file_id) || null;
  const { terms, links, addressed } = readText(chatId, content, metadata);
  // one literal: objects that are put together from others take many times as long
  return {
    chatId,
    senderId,
    clientId: message.client_id ?? null,
    messageType: message.message_type,
    content,
    metadata,
    fileId,
    stickerId,
    replyToId: message.reply_to_id ?? null,
    threadId: message.thread_id ?? null,
    forwardOf,
    terms,
    links,
    addressed,
  };
}

/** What is known, under the chats' locks, when a batch of drafts is numbered. */
export interface Ground {
  /** Of each chat that exists: the number of the newest change, and how many messages were sent. */
  heads: ReadonlyMap<number, Omit<Head, 'chatId'>>;
  /** By `chatId:userId` those senders who take part. */
  members: ReadonlyMap<string, Sender>;
  /** By `chatId:userId` those senders who may not write as they like. */
  limits: ReadonlyMap<string, PostingLimit>;
  /** Private chats whose two have parted: one has blocked the other, or is not active any more. */
  closed: ReadonlySet<number>;
  /** Messages sent before under the drafts' client ids. */
  sentBefore: readonly MessageRow[];
  /** Where the messages stand that are replied to, or in a thread of which a draft is to be. */
  places: ReadonlyMap<number, Place>;
  /** The files of the drafts that have one, or why they can't have it. */
  files: ReadonlyMap<Draft, FileView | AppError>;
  /** What the drafts say that pass a message on, or why they can't. */
  forwards: ReadonlyMap<Draft, Passed | AppError>;
  /** What is said of the stickers of the drafts that have one, or that there is none such. */
  stickers: ReadonlyMap<Draft, SentSticker | AppError>;
  /** Why drafts can't point to the shares to which they do. */
  wrongShares: ReadonlyMap<Draft, AppError>;
  /** As many as drafts whose senders take part. */
  newIds: readonly NewId[];
}

/** What becomes of a draft: refused, sent before (as a row, or as an earlier one of the same batch), or new. */
export type Verdict = { refused: AppError } | { repeats: MessageRow } | { stored: number };

export interface Plan {
  /** For each draft, in order. `stored` is an index into `messages`. */
  verdicts: Verdict[];
  messages: Planned[];
  /** The chats that get messages, as they stand after them. */
  heads: Map<number, Omit<Head, 'chatId'>>;
}

/** Numbers a batch of drafts without gaps: only what will be stored takes a number. Pure. */
export function planSends(
  drafts: Draft[],
  { heads, members, limits, closed, sentBefore, places, files, forwards, stickers, wrongShares, newIds }: Ground,
): Plan {
  const plan: Plan = { verdicts: [], messages: [], heads: new Map() };
  const named = new Map<string, Verdict>(
    sentBefore.map((row) => [`${row.sender_id}:${row.client_id}`, { repeats: row }]),
  );
  /** How long those who have sent in this batch wait for their next message. */
  const slowed = new Map<string, number>();
  const rootOf = (threadId: number | null) => (threadId === null ? null : (places.get(threadId)?.threadId ?? threadId));
  const judge = (given: Draft): Verdict => {
    const draft = { ...given, threadId: rootOf(given.threadId) };
    const { chatId, senderId, clientId, replyToId } = draft;
    const who = `${chatId}:${senderId}`;
    const sender = members.get(who);
    const name = `${senderId}:${clientId}`;
    const first = clientId === null ? undefined : named.get(name);
    if (!sender) return afterParting(first, draft) ?? { refused: ChatNotFound({ chat_id: chatId }) };
    if (first) return isSame(contentOf(first, plan), draft) ? first : { refused: IdempotencyMismatch() };
    if (closed.has(chatId)) return { refused: ChatClosed({ chat_id: chatId }) };
    const limit = limits.get(who);
    if (limit && !limit.mayPost) return { refused: PostingNotAllowed({ chat_id: chatId }) };
    const wait = slowed.get(who) ?? limit?.waitSeconds;
    if (wait) return { refused: SlowMode({ chat_id: chatId, retry_after: wait }) };
    const astray = [replyToId, given.threadId].find((id) => id !== null && places.get(id)?.chatId !== chatId);
    const file = files.get(given);
    if (file instanceof AppError) return { refused: file };
    const passed = forwards.get(given);
    if (passed instanceof AppError) return { refused: passed };
    const sticker = stickers.get(given);
    if (sticker instanceof AppError) return { refused: sticker };
    const wrongShare = wrongShares.get(given);
    if (wrongShare) return { refused: wrongShare };
    if (astray) return { refused: ReplyNotInChat({ message_id: astray }) };
    const before = plan.heads.get(chatId) ?? heads.get(chatId)!;
    const head = { seq: before.seq + 1, ordinal: before.ordinal + 1 };
    plan.heads.set(chatId, head);
    const { terms } = file ? readText(chatId, draft.content, draft.metadata, file.file_name) : draft;
    const stored = plan.messages.length;
    const metadata = sticker ?? draft.metadata;
    plan.messages.push({ ...draft, ...head, ...newIds[stored]!, sender, terms, metadata, ...passed });
    const verdict = { stored };
    if (limit) slowed.set(who, limit.slowModeSeconds);
    if (clientId !== null) named.set(name, verdict);
    return verdict;
  };
  plan.verdicts = drafts.map(judge);
  return plan;
}

/**
 * What reading a message gives that was just stored, so that most need not be read; undefined of those that show what stands
 * elsewhere.
 */
export function plainRow(message: Planned, { userIds, all }: Mentioned) {
  if (message.metadata || message.fileId !== null || message.replyToId !== null || message.threadId !== null)
    return undefined;
  const row: MessageRow = {
    id: message.id,
    chat_id: message.chatId,
    seq: message.seq,
    ordinal: message.ordinal,
    client_id: message.clientId,
    sender_id: message.senderId,
    sender_name: message.sender.name,
    sender_username: message.sender.username,
    sender_avatar_url: message.sender.avatarUrl,
    content: message.content,
    message_type: message.messageType,
    metadata: null,
    names: null,
    file_id: null,
    file: null,
    reply_to_id: null,
    reply_to_content: null,
    reply_to_type: null,
    reply_to_sender: null,
    reply_to_is_deleted: false,
    thread_id: null,
    reply_count: 0,
    mentions: userIds.toSorted(),
    mentions_all: all,
    reactions: [],
    pinned_at: null,
    is_forwarded: message.forwardOf !== null,
    forward_of: message.forwardOf,
    is_edited: false,
    is_deleted: false,
    created_at: message.createdAt,
    updated_at: message.createdAt,
  };
  return row;
}

type Content = Pick<
  Draft,
  'chatId' | 'content' | 'messageType' | 'metadata' | 'fileId' | 'stickerId' | 'replyToId' | 'threadId' | 'forwardOf'
>;

/** Who has gone since he sent a message learns that it was sent, and nothing of what became of it since. */
function afterParting(first: Verdict | undefined, draft: Content): Verdict | undefined {
  if (!first || !('repeats' in first)) return undefined;
  const { repeats: row } = first;
  if (row.is_edited || row.is_deleted || !isSame(contentOfRow(row), draft)) return undefined;
  const plain = { reactions: [], reply_count: 0, pinned_at: null, file: null };
  const unquoted = { reply_to_content: null, reply_to_type: null, reply_to_sender: null, reply_to_is_deleted: false };
  return { repeats: { ...row, ...plain, ...unquoted } };
}

/** What was sent first under a name; 'unknown' if that has been edited or deleted since. */
function contentOf(first: Verdict, { messages }: Plan): Content | 'unknown' | undefined {
  if ('stored' in first) return messages[first.stored];
  if ('refused' in first) return undefined;
  const { repeats: row } = first;
  return row.is_edited || row.is_deleted ? 'unknown' : contentOfRow(row);
}

function contentOfRow(row: MessageRow): Content {
  const { chat_id: chatId, message_type: messageType, reply_to_id: replyToId, thread_id: threadId } = row;
  return {
    chatId,
    content: row.content,
    messageType,
    metadata: row.metadata,
    fileId: row.file_id,
    stickerId: row.metadata && 'sticker_id' in row.metadata ? row.metadata.sticker_id : null,
    replyToId,
    threadId,
    forwardOf: row.forward_of,
  };
}

const isSame = (a: Content | 'unknown' | undefined, b: Content) =>
  a === 'unknown' ||
  (a?.chatId === b.chatId &&
    a.replyToId === b.replyToId &&
    a.threadId === b.threadId &&
    a.forwardOf === b.forwardOf &&
    // what was passed on may have changed since
    (a.forwardOf !== null || saysTheSame(a, b)));

const saysTheSame = (a: Content, b: Content) =>
  a.content === b.content &&
  a.messageType === b.messageType &&
  a.fileId === b.fileId &&
  a.stickerId === b.stickerId &&
  // what the server says of a sticker, nobody has sent
  (a.stickerId !== null || isDeepStrictEqual(asKept(a.metadata), asKept(b.metadata)));

/** As PostgreSQL and the wire give it back: without the sign of -0. */
const asKept = (metadata: Content['metadata']) => JSON.parse(JSON.stringify(metadata)) as unknown;
