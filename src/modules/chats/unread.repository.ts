import { Injectable } from '@nestjs/common';
import { ofEach } from 'src/core/collections/collections';
import { columnOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';

/** Does a participant (me) see the message (m), or has he cleared it or deleted it for himself? */
export const SEES = sees('m');

/** The same of a message of another name. */
export function sees(m: string) {
  return `(${m}.seq > me.hidden_up_to_seq
    AND NOT EXISTS (SELECT FROM message_hides h WHERE h.user_id = me.user_id AND h.message_id = ${m}.id))`;
}

/** How often a participant (me) was named, or everybody addressed, in messages of the chat (c) that he sees and has not read. */
export const UNREAD_MENTIONS = `
    (SELECT count(*)::int FROM message_mentions n JOIN messages m ON m.id = n.message_id
     WHERE n.user_id = me.user_id AND n.chat_id = c.id AND n.seq > me.last_read_seq AND NOT m.mentions_all AND ${SEES})
    + (SELECT count(*)::int FROM messages m
       WHERE m.chat_id = c.id AND m.mentions_all AND m.seq > me.last_read_seq AND m.sender_id <> me.user_id AND ${SEES})`;

/** The number of the newest message of the chat (c) that a participant (me) sees, or null. */
export const LAST_SEEN = `
    (SELECT m.seq FROM messages m WHERE m.chat_id = c.id AND ${SEES} ORDER BY m.seq DESC LIMIT 1)`;

/** What a participant has before him in a chat. `unread_count` is `message_count - read_count`. */
export interface UnreadRow {
  chat_id: number;
  last_read_seq: number;
  message_count: number;
  read_count: number;
  unread_count: number;
  unread_mentions: number;
  updated_at: Date;
  /** Of the chat: changes up to this number may be gone. */
  trimmed_seq: number;
  /** He shows what he reads, and so sees it of others. */
  sees_reads: boolean;
}

/** A message, and the marks of a participant of its chat. */
export interface MarksRow {
  chatId: number;
  seq: number;
  ordinal: number;
  countsAsUnread: boolean;
  lastReadSeq: number;
  lastDeliveredSeq: number;
  /** He shows others what he has read. */
  showsRead: boolean;
}

/** What participants have not read: differences of counters that only grow, so that nothing is counted for a list of chats. */
@Injectable()
export class UnreadRepository {
  constructor(private readonly db: Database) {}

  of(userId: string, chatIds: number[]): Promise<UnreadRow[]> {
    return this.ofEach([{ userId, chatIds }]).then(([rows]) => rows!);
  }

  /** Of several users at once, in their order. */
  async ofEach(asked: { userId: string; chatIds: number[] }[]): Promise<UnreadRow[][]> {
    const pairs = asked.flatMap(({ userId, chatIds }, who) => chatIds.map((chatId) => ({ who, userId, chatId })));
    const rows = await this.db.prepared<UnreadRow & { who: number }>(
      'unread of each',
      `SELECT r.who, c.id AS chat_id, me.last_read_seq, c.message_count, me.read_count, c.message_count - me.read_count AS unread_count,
         ${UNREAD_MENTIONS} AS unread_mentions, c.updated_at, c.trimmed_seq,
         (SELECT u.read_receipts FROM users u WHERE u.id = me.user_id) AS sees_reads
       FROM unnest($1::int[], $2::uuid[], $3::bigint[]) AS r (who, user_id, chat_id)
         JOIN chat_participants me ON me.user_id = r.user_id AND me.chat_id = r.chat_id JOIN chats c ON c.id = me.chat_id
       WHERE me.left_at IS NULL`,
      [
        columnOf(pairs, ({ who }) => who),
        columnOf(pairs, ({ userId }) => userId),
        columnOf(pairs, ({ chatId }) => chatId),
      ],
    );
    return ofEach(asked.length, rows);
  }

  /** The marks of the participant in the chat of the message, locked to the end of the transaction; undefined if he takes no part. */
  async lockMarks(userId: string, messageId: number): Promise<MarksRow | undefined> {
    const [row] = await this.db.query<MarksRow>(
      `SELECT m.chat_id AS "chatId", m.seq, m.ordinal, m.message_type <> 'system' AS "countsAsUnread",
         p.last_read_seq AS "lastReadSeq", p.last_delivered_seq AS "lastDeliveredSeq", u.read_receipts AS "showsRead"
       FROM messages m JOIN chat_participants p ON p.chat_id = m.chat_id AND p.user_id = $1 AND p.left_at IS NULL
         JOIN users u ON u.id = p.user_id
       WHERE m.id = $2 FOR NO KEY UPDATE OF p`,
      [userId, messageId],
    );
    return row;
  }

  /** A message that the participant has not read counts as unread to him no more. */
  async skipOne(userId: string, chatId: number): Promise<void> {
    await this.db.query(
      'UPDATE chat_participants SET read_count = read_count + 1, marked_at = now() WHERE chat_id = $1 AND user_id = $2',
      [chatId, userId],
    );
  }
}
