import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { ChatType, ParticipantRole, Permission } from 'src/modules/chats/chats.entities';
import type { MessageMetadata, MessageType } from 'src/modules/chats/message-types';

/** A message, and what of its chat and of the participant who wants to do something with it decides whether he may. */
export interface ContentRow {
  id: number;
  chatId: number;
  seq: number;
  senderId: string;
  messageType: MessageType;
  content: string;
  metadata: MessageMetadata | null;
  fileId: number | null;
  threadId: number | null;
  isForwarded: boolean;
  isDeleted: boolean;
  isPinned: boolean;
  /** Since it was sent, by the clock of the database. */
  ageHours: number;
  chatType: ChatType;
  whoMayPost: Permission;
  /** Both users of a private chat. */
  pair: [string, string] | null;
  /** Of the participant who asks. */
  role: ParticipantRole;
}

/** What a message carried until it was deleted, and whose it was. */
export type Cargo = Pick<ContentRow, 'senderId' | 'fileId' | 'metadata'>;

/** What a message said before, and when that was written. */
export interface EditRow {
  content: string;
  writtenAt: Date;
}

/** What messages hold, and how it changes. */
@Injectable()
export class ContentsRepository {
  constructor(private readonly db: Database) {}

  /** The message, if the user takes part in its chat and has not deleted it for himself. */
  async ofUser(userId: string, messageId: number): Promise<ContentRow | undefined> {
    const [row] = await this.db.prepared<Omit<ContentRow, 'pair'> & { pair: string | null }>(
      'message of user',
      `SELECT m.id, m.chat_id AS "chatId", m.seq, m.sender_id AS "senderId", m.message_type AS "messageType", m.content, m.metadata,
         m.file_id AS "fileId", m.thread_id AS "threadId", m.forward_of IS NOT NULL AS "isForwarded",
         m.deleted_at IS NOT NULL AS "isDeleted", m.pinned_at IS NOT NULL AS "isPinned",
         (extract(epoch FROM now() - m.created_at) / 3600)::float8 AS "ageHours", c.chat_type AS "chatType", c.who_may_post AS "whoMayPost",
         c.private_pair AS pair, p.role
       FROM messages m JOIN chats c ON c.id = m.chat_id
         JOIN chat_participants p ON p.chat_id = m.chat_id AND p.user_id = $1 AND p.left_at IS NULL
       WHERE m.id = $2 AND m.seq > p.hidden_up_to_seq AND NOT EXISTS (SELECT FROM message_hides h WHERE h.user_id = $1 AND h.message_id = m.id)`,
      [userId, messageId],
    );
    return row && { ...row, pair: row.pair === null ? null : (row.pair.split(':') as [string, string]) };
  }

  /** Replaces the text of a message; what it said before is kept. */
  async edit(messageId: number, content: string, terms: string, links: string[]): Promise<void> {
    await this.db.query(
      `WITH before AS (
         INSERT INTO message_edits (message_id, content, written_at) SELECT id, content, updated_at FROM messages WHERE id = $1)
       UPDATE messages SET content = $2, terms = $3::tsvector, links = $4, is_edited = true, updated_at = now() WHERE id = $1`,
      [messageId, content, terms, links.length ? links : null],
    );
  }

  /** What a message said before, oldest first. */
  editsOf(messageId: number): Promise<EditRow[]> {
    return this.db.query(
      'SELECT content, written_at AS "writtenAt" FROM message_edits WHERE message_id = $1 ORDER BY id',
      [messageId],
    );
  }

  async countEdits(messageId: number): Promise<number> {
    const sql = 'SELECT count(*)::int AS count FROM message_edits WHERE message_id = $1';
    return (await this.db.query<{ count: number }>(sql, [messageId]))[0]!.count;
  }

  /** Leaves a tombstone: that somebody sent something then, and nothing of what it was; what it carried. */
  async erase(messageId: number): Promise<Cargo> {
    const [row] = await this.db.query<Cargo>(
      `WITH before AS (SELECT file_id, metadata FROM messages WHERE id = $1), edits AS (DELETE FROM message_edits WHERE message_id = $1),
         reactions AS (DELETE FROM message_reactions WHERE message_id = $1),
         mentions AS (DELETE FROM message_mentions WHERE message_id = $1)
       UPDATE messages SET content = '', metadata = NULL, file_id = NULL, terms = NULL, links = NULL, mentions_all = false, pinned_at = NULL,
         forward_of = NULL, is_edited = false, deleted_at = now(), updated_at = now() WHERE id = $1
       RETURNING sender_id AS "senderId", (SELECT file_id FROM before) AS "fileId", (SELECT metadata FROM before) AS metadata`,
      [messageId],
    );
    return row!;
  }

  /** The chat of a message that is not deleted for all. */
  async chatHolding(messageId: number): Promise<number | undefined> {
    const sql = 'SELECT chat_id FROM messages WHERE id = $1 AND deleted_at IS NULL';
    return (await this.db.query<{ chat_id: number }>(sql, [messageId]))[0]?.chat_id;
  }

  /** False if the user has hidden it before. */
  async hide(userId: string, messageId: number): Promise<boolean> {
    const rows = await this.db.query(
      'INSERT INTO message_hides (user_id, message_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING message_id',
      [userId, messageId],
    );
    return rows.length > 0;
  }

  async setPinned(messageId: number, pinned: boolean): Promise<void> {
    await this.db.query('UPDATE messages SET pinned_at = CASE WHEN $2 THEN now() END WHERE id = $1', [
      messageId,
      pinned,
    ]);
  }

  async countPinned(chatId: number): Promise<number> {
    const sql = 'SELECT count(*)::int AS count FROM messages WHERE chat_id = $1 AND pinned_at IS NOT NULL';
    return (await this.db.query<{ count: number }>(sql, [chatId]))[0]!.count;
  }
}
