import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

/** Which pictures groups have. */
@Injectable()
export class ChatAvatarsRepository {
  constructor(private readonly db: Database) {}

  /** Gives the one before. */
  async set(chatId: number, fileId: number | null): Promise<number | null> {
    const [row] = await this.db.query<{ before: number | null }>(
      `WITH before AS (SELECT avatar_file_id FROM chats WHERE id = $1)
       UPDATE chats SET avatar_file_id = $2 WHERE id = $1 RETURNING (SELECT avatar_file_id FROM before) AS before`,
      [chatId, fileId],
    );
    return row!.before;
  }

  /** The groups that have the picture. */
  async chatsWith(fileId: number): Promise<number[]> {
    const sql = 'SELECT id FROM chats WHERE avatar_file_id = $1';
    return (await this.db.query<{ id: number }>(sql, [fileId])).map(({ id }) => id);
  }

  /** Those of the files that are pictures of chats in which the user takes part. */
  async seenBy(userId: string, fileIds: number[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT c.avatar_file_id AS id FROM chats c JOIN chat_participants p ON p.chat_id = c.id
       WHERE c.avatar_file_id = ANY($2) AND p.user_id = $1 AND p.left_at IS NULL`,
      [userId, fileIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Those of the files that are some chat's picture. */
  async among(fileIds: number[]): Promise<number[]> {
    const sql = 'SELECT avatar_file_id AS id FROM chats WHERE avatar_file_id = ANY($1)';
    return (await this.db.query<{ id: number }>(sql, [fileIds])).map(({ id }) => id);
  }
}
