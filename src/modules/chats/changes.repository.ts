import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

/** A change before it has a number. */
export interface NewChange {
  type: string;
  messageId?: number;
  userId?: string;
  data?: Record<string, unknown>;
}

/** The log of chats: changes and their numbers. */
@Injectable()
export class ChangesRepository {
  constructor(private readonly db: Database) {}

  /** Stores changes under the next numbers of the chat, which is locked from here to the commit; the number of the first. */
  async append(chatId: number, actorId: string | null, changes: NewChange[]) {
    const rows = await this.db.query<{ first: number; pair: string | null }>(
      `WITH head AS (UPDATE chats SET last_seq = last_seq + $3 WHERE id = $1 RETURNING last_seq - $3 AS before, private_pair),
         log AS (
           INSERT INTO chat_changes (chat_id, seq, actor_id, type, message_id, user_id, data)
           SELECT $1, head.before + c.place, $2, c.type, c.message_id, c.user_id, c.data
           FROM head, unnest($4::text[], $5::bigint[], $6::uuid[], $7::jsonb[])
             WITH ORDINALITY AS c (type, message_id, user_id, data, place))
       SELECT before + 1 AS first, private_pair AS pair FROM head`,
      [
        chatId,
        actorId,
        changes.length,
        changes.map(({ type }) => type),
        changes.map(({ messageId }) => messageId ?? null),
        changes.map(({ userId }) => userId ?? null),
        changes.map(({ data }) => (data ? JSON.stringify(data) : null)),
      ],
    );
    if (!rows.length) throw new Error(`a change of chat ${chatId}, which does not exist`);
    return rows[0]!;
  }
}
