import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';

/** Which pictures users show of themselves. */
@Injectable()
export class AvatarsRepository {
  constructor(private readonly db: Database) {}

  /** Gives the one before. */
  async set(userId: string, fileId: number): Promise<number | null> {
    const [row] = await this.db.query<{ before: number | null }>(
      `WITH before AS (SELECT file_id FROM user_avatars WHERE user_id = $1)
       INSERT INTO user_avatars (user_id, file_id) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET file_id = $2
       RETURNING (SELECT file_id FROM before) AS before`,
      [userId, fileId],
    );
    return row!.before;
  }

  /** Gives the one that it was. */
  async remove(userId: string): Promise<number | undefined> {
    const sql = 'DELETE FROM user_avatars WHERE user_id = $1 RETURNING file_id';
    return (await this.db.query<{ file_id: number }>(sql, [userId]))[0]?.file_id;
  }

  /** Gives whose it was. */
  async removeFile(fileId: number): Promise<string | undefined> {
    const sql = 'DELETE FROM user_avatars WHERE file_id = $1 RETURNING user_id';
    return (await this.db.query<{ user_id: string }>(sql, [fileId]))[0]?.user_id;
  }

  /** Whose pictures the files are, of those that are somebody's. */
  shownBy(fileIds: number[]): Promise<{ file_id: number; user_id: string }[]> {
    return this.db.query('SELECT file_id, user_id FROM user_avatars WHERE file_id = ANY($1)', [fileIds]);
  }
}
