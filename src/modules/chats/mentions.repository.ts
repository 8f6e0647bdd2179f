import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

/** A participant by the name under which a text addresses him. */
export interface NamedMember {
  chatId: number;
  userId: string;
  username: string;
}

@Injectable()
export class MentionsRepository {
  constructor(private readonly db: Database) {}

  /** Those who take part in the chats under the names: one query for any number. */
  members(named: { chatId: number; username: string }[]): Promise<NamedMember[]> {
    return this.db.query(
      `SELECT p.chat_id AS "chatId", p.user_id AS "userId", u.username
       FROM unnest($1::bigint[], $2::text[]) AS n (chat_id, username) JOIN chats c ON c.id = n.chat_id
         JOIN users u ON u.tenant_id = c.tenant_id AND u.username = n.username
         JOIN chat_participants p ON p.chat_id = n.chat_id AND p.user_id = u.id AND p.left_at IS NULL`,
      [named.map(({ chatId }) => chatId), named.map(({ username }) => username)],
    );
  }

  /** Those who take part and whom a message mentions by a name that they have given up since. */
  formerlyNamed(messageId: number, usernames: string[]): Promise<Pick<NamedMember, 'userId' | 'username'>[]> {
    return this.db.query(
      `SELECT n.user_id AS "userId", f.username
       FROM message_mentions n JOIN messages m ON m.id = n.message_id
         JOIN former_usernames f ON f.user_id = n.user_id AND f.given_up_at >= m.created_at
         JOIN chat_participants p ON p.chat_id = m.chat_id AND p.user_id = n.user_id AND p.left_at IS NULL
       WHERE n.message_id = $1 AND f.username = ANY($2)`,
      [messageId, usernames],
    );
  }

  /** Those of the senders who may address everybody in the chat, a group that they govern: as `chatId:userId`. */
  async mayAddressAll(senders: { chatId: number; senderId: string }[]): Promise<Set<string>> {
    const rows = await this.db.query<{ who: string }>(
      `SELECT p.chat_id || ':' || p.user_id AS who
       FROM unnest($1::bigint[], $2::uuid[]) AS s (chat_id, user_id)
         JOIN chat_participants p ON p.chat_id = s.chat_id AND p.user_id = s.user_id AND p.left_at IS NULL
         JOIN chats c ON c.id = p.chat_id
       WHERE c.chat_type = 'group' AND p.role IN ('owner', 'admin')`,
      [senders.map(({ chatId }) => chatId), senders.map(({ senderId }) => senderId)],
    );
    return new Set(rows.map(({ who }) => who));
  }

  /** Makes these the mentions of the messages, whatever they were. */
  async replace(messageId: number, userIds: string[], all: boolean): Promise<void> {
    await this.db.query('DELETE FROM message_mentions WHERE message_id = $1 AND user_id <> ALL($2::uuid[])', [
      messageId,
      userIds,
    ]);
    await this.db.query(
      `INSERT INTO message_mentions (message_id, user_id, chat_id, seq)
       SELECT id, u, chat_id, seq FROM messages, unnest($2::uuid[]) AS u WHERE id = $1 ON CONFLICT DO NOTHING`,
      [messageId, userIds],
    );
    await this.db.query('UPDATE messages SET mentions_all = $2 WHERE id = $1', [messageId, all]);
  }

  /** Of messages just stored. */
  async insert(mentions: { messageId: number; userId: string }[]): Promise<void> {
    await this.db.query(
      `INSERT INTO message_mentions (message_id, user_id, chat_id, seq)
       SELECT m.id, n.user_id, m.chat_id, m.seq
       FROM unnest($1::bigint[], $2::uuid[]) AS n (message_id, user_id) JOIN messages m ON m.id = n.message_id`,
      [mentions.map(({ messageId }) => messageId), mentions.map(({ userId }) => userId)],
    );
  }
}
