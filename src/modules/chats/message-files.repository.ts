import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

/** A message that carries a file, and where it stands. */
interface CarryingRow {
  id: number;
  chatId: number;
  seq: number;
}

/** Which messages carry which files. */
@Injectable()
export class MessageFilesRepository {
  constructor(private readonly db: Database) {}

  /** Those of the files that stand in a chat where the user takes part, in a message that he has not hidden. */
  async readable(userId: string, fileIds: number[]): Promise<number[]> {
    return this.ids(
      `SELECT DISTINCT m.file_id FROM messages m
         JOIN chat_participants p ON p.chat_id = m.chat_id AND p.user_id = $2 AND p.left_at IS NULL AND m.seq > p.hidden_up_to_seq
       WHERE m.file_id = ANY($1) AND NOT EXISTS (SELECT FROM message_hides h WHERE h.user_id = $2 AND h.message_id = m.id)`,
      [fileIds, userId],
    );
  }

  async used(fileIds: number[]): Promise<number[]> {
    return this.ids('SELECT DISTINCT file_id FROM messages WHERE file_id = ANY($1)', [fileIds]);
  }

  /** Those of the files that stand in messages by which somebody has passed them on. */
  passedOn(fileIds: number[]): Promise<number[]> {
    return this.ids('SELECT DISTINCT file_id FROM messages WHERE file_id = ANY($1) AND forward_of IS NOT NULL', [
      fileIds,
    ]);
  }

  /** Up to `limit` files of the owner's that stand in messages, but in none of those senders. */
  onlyWithOthers(ownerId: string, senderIds: string[], limit: number): Promise<number[]> {
    return this.ids(
      `SELECT f.id AS file_id FROM files f
       WHERE f.owner_id = $1 AND f.deleted_at IS NULL AND EXISTS (SELECT FROM messages m WHERE m.file_id = f.id)
         AND NOT EXISTS (SELECT FROM messages m WHERE m.file_id = f.id AND m.sender_id = ANY($2))
       ORDER BY f.id LIMIT $3`,
      [ownerId, senderIds, limit],
    );
  }

  carrying(fileId: number): Promise<CarryingRow[]> {
    return this.db.query('SELECT id, chat_id AS "chatId", seq FROM messages WHERE file_id = $1 ORDER BY id', [fileId]);
  }

  /** Is there a change of the message already that says so of its file? */
  async wasTold({ id, chatId, seq }: CarryingRow, file: string): Promise<boolean> {
    const rows = await this.db.query(
      `SELECT seq FROM chat_changes
       WHERE chat_id = $1 AND seq > $2 AND message_id = $3 AND type = 'message_updated' AND data->>'file' = $4 LIMIT 1`,
      [chatId, seq, id, file],
    );
    return rows.length > 0;
  }

  private async ids(sql: string, parameters: unknown[]): Promise<number[]> {
    return (await this.db.query<{ file_id: number }>(sql, parameters)).map((row) => row.file_id);
  }
}
