import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

/** Somebody who answers a message. */
export interface Reactor {
  messageId: number;
  userId: string;
}

/** Who has answered which message with what. */
@Injectable()
export class ReactionsRepository {
  constructor(private readonly db: Database) {}

  /** What these have answered with, in the order in which they did. */
  of(reactors: Reactor[]): Promise<(Reactor & { emoji: string })[]> {
    return this.db.query(
      `SELECT r.message_id AS "messageId", r.user_id AS "userId", r.emoji
       FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::uuid[])) AS who (message_id, user_id)
         JOIN message_reactions r ON r.message_id = who.message_id AND r.user_id = who.user_id
       ORDER BY r.created_at, r.emoji`,
      [reactors.map(({ messageId }) => messageId), reactors.map(({ userId }) => userId)],
    );
  }

  /** How many kinds these together with the others' are. */
  async kindsWith({ messageId, userId }: Reactor, emojis: string[]): Promise<number> {
    const [row] = await this.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (
         SELECT emoji FROM message_reactions WHERE message_id = $1 AND user_id <> $2 UNION SELECT unnest($3::text[])) kinds`,
      [messageId, userId, emojis],
    );
    return row!.count;
  }

  /** Makes these what he answers with, whatever it was; those that stay keep their places. */
  async replace({ messageId, userId }: Reactor, emojis: string[]): Promise<void> {
    await this.db.query(
      'DELETE FROM message_reactions WHERE message_id = $1 AND user_id = $2 AND emoji <> ALL($3::text[])',
      [messageId, userId, emojis],
    );
    await this.db.query(
      'INSERT INTO message_reactions (message_id, user_id, emoji) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING',
      [messageId, userId, emojis],
    );
  }
}
