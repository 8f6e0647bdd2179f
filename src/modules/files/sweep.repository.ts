import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { FileRow } from 'src/modules/files/files.repository';

export type SweptFile = Pick<FileRow, 'id' | 'storage_key' | 'status' | 'deleted_at'>;

/** Files as the sweeper sees them. */
@Injectable()
export class SweepRepository {
  constructor(private readonly db: Database) {}

  /** Up to `limit` files whose turn it is, deleted ones too, the longest overdue first. */
  due(limit: number): Promise<SweptFile[]> {
    return this.db.query(
      'SELECT id, storage_key, status, deleted_at FROM files WHERE look_at < now() ORDER BY look_at LIMIT $1',
      [limit],
    );
  }

  /** Up to `limit` other files that should be in storage, those whose turn is next. */
  others(than: number[], limit: number): Promise<SweptFile[]> {
    return this.db.query(
      `SELECT id, storage_key, status, deleted_at FROM files
       WHERE deleted_at IS NULL AND status <> 'uploading' AND id <> ALL($1) ORDER BY look_at LIMIT $2`,
      [than, limit],
    );
  }

  /** Locked, against new references too; what is locked by others is left for the next time. */
  lock(ids: number[]): Promise<SweptFile[]> {
    return this.db.query(
      `SELECT id, storage_key, status, deleted_at FROM files WHERE id = ANY($1) AND look_at < now()
       ORDER BY id FOR UPDATE SKIP LOCKED`,
      [ids],
    );
  }

  /** Files that a worker should have looked into long ago. */
  async unprocessed(): Promise<number[]> {
    const sql = `SELECT id FROM files WHERE status = 'processing' AND deleted_at IS NULL AND updated_at < now() - interval '30 minutes'
      ORDER BY id LIMIT 1000`;
    return (await this.db.query<{ id: number }>(sql)).map(({ id }) => id);
  }

  async lookAgain(ids: number[]): Promise<void> {
    await this.db.query(`UPDATE files SET look_at = now() + interval '7 days' WHERE id = ANY($1)`, [ids]);
  }

  async markDeleted(ids: number[]): Promise<void> {
    await this.db.query(
      `UPDATE files SET deleted_at = coalesce(deleted_at, now()), client_id = NULL WHERE id = ANY($1)`,
      [ids],
    );
  }

  /** Those of the keys that some row names. */
  async knownKeys(keys: string[]): Promise<string[]> {
    const rows = await this.db.query<{ storage_key: string }>(
      `SELECT storage_key FROM files WHERE storage_key = ANY($1)
       UNION ALL SELECT storage_key FROM file_renditions WHERE storage_key = ANY($1)`,
      [keys],
    );
    return rows.map(({ storage_key }) => storage_key);
  }
}
