import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

export interface MessageRow {
  id: number;
  chat_id: number;
  seq: number;
  ordinal: number;
  client_id: string | null;
  sender_id: string;
  sender_name: string;
  sender_username: string;
  sender_avatar_url: string | null;
  content: string;
  message_type: 'text';
  reply_to_id: number | null;
  reply_to_content: string | null;
  reply_to_sender: string | null;
  is_edited: boolean;
  created_at: Date;
  updated_at: Date;
}

/** What is needed to store a message, its number already taken. */
export interface NewMessage {
  chatId: number;
  seq: number;
  /** See `Message.ordinal`. */
  ordinal: number;
  senderId: string;
  clientId: string | null;
  content: string;
  messageType: 'text';
  replyToId: number | null;
}

const EXCERPT = 200;

const ROW = `
  SELECT m.id, m.chat_id, m.seq, m.ordinal, m.client_id, m.sender_id, coalesce(u.display_name, u.username) AS sender_name,
    u.username AS sender_username, u.avatar_url AS sender_avatar_url, m.content, m.message_type, m.reply_to_id,
    left(r.content, ${EXCERPT}) AS reply_to_content, coalesce(ru.display_name, ru.username) AS reply_to_sender,
    m.is_edited, m.created_at, m.updated_at
  FROM messages m JOIN users u ON u.id = m.sender_id
    LEFT JOIN messages r ON r.id = m.reply_to_id LEFT JOIN users ru ON ru.id = r.sender_id`;

@Injectable()
export class MessagesRepository {
  constructor(private readonly db: Database) {}

  /** In the order of chats and numbers. */
  byIds(ids: number[]): Promise<MessageRow[]> {
    return this.db.query(`${ROW} WHERE m.id = ANY($1) ORDER BY m.chat_id, m.seq`, [ids]);
  }

  /** The messages with the given numbers, one of each chat. */
  bySeqs(places: { chatId: number; seq: number }[]): Promise<MessageRow[]> {
    return this.db.query(
      `${ROW} JOIN unnest($1::bigint[], $2::bigint[]) AS p (chat_id, seq) ON m.chat_id = p.chat_id AND m.seq = p.seq`,
      [places.map(({ chatId }) => chatId), places.map(({ seq }) => seq)],
    );
  }

  /** Up to `limit` messages with smaller numbers, newest first. */
  before(chatId: number, seq: number, limit: number): Promise<MessageRow[]> {
    return this.db.query(`${ROW} WHERE m.chat_id = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3`, [
      chatId,
      seq,
      limit,
    ]);
  }

  /** Up to `limit` messages with larger numbers, oldest first. */
  after(chatId: number, seq: number, limit: number): Promise<MessageRow[]> {
    return this.db.query(`${ROW} WHERE m.chat_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3`, [chatId, seq, limit]);
  }

  /** Those already sent under the given names by the given senders. */
  byClientIds(sent: { senderId: string; clientId: string }[]): Promise<MessageRow[]> {
    return this.db.query(
      `${ROW} JOIN unnest($1::uuid[], $2::text[]) AS s (sender_id, client_id)
         ON m.sender_id = s.sender_id AND m.client_id = s.client_id`,
      [sent.map(({ senderId }) => senderId), sent.map(({ clientId }) => clientId)],
    );
  }

  /** The chat of each message that exists. */
  async chatsOf(ids: number[]): Promise<Map<number, number>> {
    const rows = await this.db.query<{ id: number; chat_id: number }>(
      'SELECT id, chat_id FROM messages WHERE id = ANY($1)',
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row.chat_id]));
  }

  /** Stores them in one statement and gives their ids, in the order given. */
  async insert(messages: NewMessage[]): Promise<number[]> {
    const column = <K extends keyof NewMessage>(key: K) => messages.map((message) => message[key]);
    const rows = await this.db.query<{ id: number; chat_id: number; seq: number }>(
      `INSERT INTO messages (chat_id, seq, ordinal, sender_id, client_id, content, message_type, reply_to_id)
       SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[])
       RETURNING id, chat_id, seq`,
      [
        column('chatId'),
        column('seq'),
        column('ordinal'),
        column('senderId'),
        column('clientId'),
        column('content'),
        column('messageType'),
        column('replyToId'),
      ],
    );
    const ids = new Map(rows.map((row) => [`${row.chat_id}:${row.seq}`, row.id]));
    return messages.map(({ chatId, seq }) => ids.get(`${chatId}:${seq}`)!);
  }
}
