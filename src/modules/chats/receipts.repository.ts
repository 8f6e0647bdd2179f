import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { PARTED, SHOWS_READ, type Head } from 'src/modules/chats/chats.repository';
import { SEES } from 'src/modules/chats/unread.repository';

export interface ReceiptRow {
  place: number;
  user_id: string;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  status: 'sent' | 'delivered' | 'read';
}

/** Receipts: marks on the rows of participants. */
@Injectable()
export class ReceiptsRepository {
  constructor(private readonly db: Database) {}

  /**
   * Moves a participant's mark, which is locked, forward; what is read is delivered too. What he has deleted for himself above the
   * mark is not unread either.
   */
  async mark({ chatId, seq, ordinal }: Head, userId: string, what: 'read' | 'delivered'): Promise<void> {
    const set =
      what === 'read'
        ? `last_read_seq = $3, last_delivered_seq = greatest(last_delivered_seq, $3), read_count = $4 + (
             SELECT count(*) FROM messages m
             WHERE m.chat_id = $1 AND m.seq > $3 AND m.message_type <> 'system' AND NOT ${SEES})`
        : 'last_delivered_seq = $3';
    await this.db.query(
      `UPDATE chat_participants me SET ${set}, marked_at = now() WHERE me.chat_id = $1 AND me.user_id = $2`,
      what === 'read' ? [chatId, userId, seq, ordinal] : [chatId, userId, seq],
    );
  }

  /** Those of the participants of the chats who keep to themselves what they read, and so don't see it of others. */
  async discreet(chatIds: number[]): Promise<Map<number, string[]>> {
    const rows = await this.db.query<{ chat_id: number; ids: string[] }>(
      `SELECT p.chat_id, array_agg(p.user_id) AS ids FROM chat_participants p JOIN users u ON u.id = p.user_id
       WHERE p.chat_id = ANY($1) AND p.left_at IS NULL AND NOT u.read_receipts GROUP BY p.chat_id`,
      [chatIds],
    );
    return new Map(rows.map((row) => [row.chat_id, row.ids]));
  }

  /** How far a message has come with each participant but its sender, as the viewer may see it, in the order of joining. */
  async ofMessage(
    message: { chatId: number; seq: number; senderId: string },
    viewerId: string,
    limit: number,
    after = 0,
  ) {
    const rows = await this.db.query<ReceiptRow & { delivered: number; read: number }>(
      `WITH all_of_them AS (
         SELECT p.id AS place, p.user_id, u.username, u.display_name, u.avatar_url,
           CASE WHEN ${PARTED} THEN 'sent' WHEN p.last_read_seq >= $2 AND ${SHOWS_READ} THEN 'read'
             WHEN p.last_delivered_seq >= $2 THEN 'delivered' ELSE 'sent' END AS status
         FROM chat_participants p JOIN users u ON u.id = p.user_id JOIN users viewer ON viewer.id = $4 JOIN chats c ON c.id = p.chat_id
         WHERE p.chat_id = $1 AND p.left_at IS NULL AND p.user_id <> $3),
       counted AS (
         SELECT count(*) FILTER (WHERE status <> 'sent')::int AS delivered, count(*) FILTER (WHERE status = 'read')::int AS read
         FROM all_of_them)
       SELECT a.*, c.delivered, c.read FROM counted c LEFT JOIN all_of_them a ON a.place > $5 ORDER BY a.place LIMIT $6`,
      [message.chatId, message.seq, message.senderId, viewerId, after, limit],
    );
    const { delivered, read } = rows[0]!;
    return { rows: rows.filter(({ place }) => place !== null) as ReceiptRow[], delivered, read };
  }
}
