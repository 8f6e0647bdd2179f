import type { AppError } from 'src/core/errors/app-error';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { ChatClosed, ChatNotFound, ReplyNotInChat } from 'src/modules/chats/chats.errors';
import type { Head } from 'src/modules/chats/chats.repository';
import type { MessageRow, NewMessage } from 'src/modules/chats/messages.repository';

/** A message to be sent, that has no number yet. */
export type Draft = Omit<NewMessage, 'seq' | 'ordinal'>;

/** What is known, under the chats' locks, when a batch of drafts is numbered. */
export interface Ground {
  /** Of each chat that exists: the number of the newest change, and how many messages were sent. */
  heads: ReadonlyMap<number, Omit<Head, 'chatId'>>;
  /** `chatId:userId` of those senders who take part. */
  members: ReadonlySet<string>;
  /** Private chats whose two have parted: one has blocked the other, or is not active any more. */
  closed: ReadonlySet<number>;
  /** Messages sent before under the drafts' client ids. */
  sentBefore: readonly MessageRow[];
  /** The chat of each message that is replied to. */
  chatOfReply: ReadonlyMap<number, number>;
}

/** What becomes of a draft: refused, sent before (as a row, or as an earlier one of the same batch), or new. */
export type Verdict = { refused: AppError } | { repeats: MessageRow } | { stored: number };

export interface Plan {
  /** For each draft, in order. `stored` is an index into `messages`. */
  verdicts: Verdict[];
  messages: NewMessage[];
  /** The chats that get messages, as they stand after them. */
  heads: Map<number, Omit<Head, 'chatId'>>;
}

/** Numbers a batch of drafts without gaps: only what will be stored takes a number. Pure. */
export function planSends(drafts: Draft[], { heads, members, closed, sentBefore, chatOfReply }: Ground): Plan {
  const plan: Plan = { verdicts: [], messages: [], heads: new Map() };
  const named = new Map<string, Verdict>(
    sentBefore.map((row) => [`${row.sender_id}:${row.client_id}`, { repeats: row }]),
  );
  const judge = (draft: Draft): Verdict => {
    const { chatId, senderId, clientId, replyToId } = draft;
    if (!members.has(`${chatId}:${senderId}`)) return { refused: ChatNotFound({ chat_id: chatId }) };
    const name = `${senderId}:${clientId}`;
    const first = clientId === null ? undefined : named.get(name);
    if (first) return isSame(contentOf(first, plan), draft) ? first : { refused: IdempotencyMismatch() };
    if (closed.has(chatId)) return { refused: ChatClosed({ chat_id: chatId }) };
    if (replyToId !== null && chatOfReply.get(replyToId) !== chatId)
      return { refused: ReplyNotInChat({ message_id: replyToId }) };
    const before = plan.heads.get(chatId) ?? heads.get(chatId)!;
    const head = { seq: before.seq + 1, ordinal: before.ordinal + 1 };
    plan.heads.set(chatId, head);
    const verdict = { stored: plan.messages.push({ ...draft, ...head }) - 1 };
    if (clientId !== null) named.set(name, verdict);
    return verdict;
  };
  plan.verdicts = drafts.map(judge);
  return plan;
}

type Content = Pick<Draft, 'chatId' | 'content' | 'messageType' | 'replyToId'>;

function contentOf(first: Verdict, { messages }: Plan): Content | undefined {
  if ('stored' in first) return messages[first.stored];
  if ('refused' in first) return undefined;
  const { chat_id: chatId, content, message_type: messageType, reply_to_id: replyToId } = first.repeats;
  return { chatId, content, messageType, replyToId };
}

const isSame = (a: Content | undefined, b: Content) =>
  a?.chatId === b.chatId && a.content === b.content && a.messageType === b.messageType && a.replyToId === b.replyToId;
