import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { FileKind, FileStatus } from 'src/modules/files/files.entities';

export interface FileRow {
  id: number;
  owner_id: string;
  client_id: string | null;
  status: FileStatus;
  kind: FileKind;
  file_name: string;
  content_type: string;
  file_size: number;
  sha256: string | null;
  storage_key: string;
  width: number | null;
  height: number | null;
  duration_ms: number | null;
  is_animated: boolean;
  thumbhash: string | null;
  waveform: number[] | null;
  has_thumbnails: boolean;
  created_at: Date;
  deleted_at: Date | null;
}

export type NewFile = Pick<
  FileRow,
  'owner_id' | 'client_id' | 'status' | 'kind' | 'file_name' | 'content_type' | 'file_size' | 'sha256' | 'storage_key'
> & { waveform?: number[] | null };

/** Whose bytes are here, and which was not taken back. */
const HERE = `deleted_at IS NULL AND status <> 'uploading'`;

/** Files; their bytes are in storage. */
@Injectable()
export class FilesRepository {
  constructor(private readonly db: Database) {}

  /** The id; undefined if the owner has one of that client id already. */
  async insert(file: NewFile): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO files (owner_id, client_id, status, kind, file_name, content_type, file_size, sha256, storage_key, waveform)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (owner_id, client_id) DO NOTHING RETURNING id`,
      [
        file.owner_id,
        file.client_id,
        file.status,
        file.kind,
        file.file_name,
        file.content_type,
        file.file_size,
        file.sha256,
        file.storage_key,
        file.waveform ?? null,
      ],
    );
    return row?.id;
  }

  /** Whatever its state. */
  async byId(id: number): Promise<FileRow | undefined> {
    return (await this.db.query<FileRow>('SELECT * FROM files WHERE id = $1', [id]))[0];
  }

  /** Of an upload that is still waited for, as if it had begun just now. */
  async renewUpload(id: number): Promise<FileRow | undefined> {
    const sql = `UPDATE files SET created_at = now(), look_at = DEFAULT
      WHERE id = $1 AND status = 'uploading' AND deleted_at IS NULL RETURNING *`;
    return (await this.db.query<FileRow>(sql, [id]))[0];
  }

  /** The bytes of an upload are here; false if it was not waiting for them any more. */
  async arrived(id: number, file: Pick<FileRow, 'status' | 'kind' | 'content_type' | 'storage_key'>): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE files SET status = $2, kind = $3, content_type = $4, storage_key = $5, updated_at = now()
       WHERE id = $1 AND status = 'uploading' AND deleted_at IS NULL RETURNING id`,
      [id, file.status, file.kind, file.content_type, file.storage_key],
    );
    return rows.length > 0;
  }

  /** Other bytes stand for it from now on; false if others do already. */
  async replaceOriginal(
    { id, storage_key: before }: FileRow,
    now: Pick<FileRow, 'storage_key' | 'content_type' | 'file_size'>,
  ): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE files SET storage_key = $3, content_type = $4, file_size = $5, sha256 = NULL
       WHERE id = $1 AND storage_key = $2 RETURNING id`,
      [id, before, now.storage_key, now.content_type, now.file_size],
    );
    return rows.length > 0;
  }

  /** Of the bytes at that place, if they are still the file's. */
  async setHash(id: number, storageKey: string, sha256: string): Promise<void> {
    await this.db.query('UPDATE files SET sha256 = $3 WHERE id = $1 AND storage_key = $2', [id, storageKey, sha256]);
  }

  async byClientId(ownerId: string, clientId: string): Promise<FileRow | undefined> {
    const sql = 'SELECT * FROM files WHERE owner_id = $1 AND client_id = $2';
    return (await this.db.query<FileRow>(sql, [ownerId, clientId]))[0];
  }

  /** Those that are here. */
  byIds(ids: number[]): Promise<FileRow[]> {
    return this.db.query(`SELECT * FROM files WHERE id = ANY($1) AND ${HERE}`, [ids]);
  }

  /** Those that have been here, though they may be marked as gone. */
  evenGone(ids: number[]): Promise<FileRow[]> {
    return this.db.query(`SELECT * FROM files WHERE id = ANY($1) AND status <> 'uploading'`, [ids]);
  }

  /** Up to `limit` of the owner's that have been here, gone or not, by id, from above one. */
  ofOwner(ownerId: string, above: number, limit: number): Promise<FileRow[]> {
    const sql = `SELECT * FROM files WHERE owner_id = $1 AND id > $2 AND status <> 'uploading' ORDER BY id LIMIT $3`;
    return this.db.query(sql, [ownerId, above, limit]);
  }

  /** Those that are here and of the owners named beside them; they stay to the end of the transaction. */
  keep(wanted: { ownerId: string; fileId: number }[]): Promise<FileRow[]> {
    return this.db.query(
      `SELECT * FROM files WHERE (id, owner_id) IN (SELECT * FROM unnest($1::bigint[], $2::uuid[])) AND ${HERE}
       ORDER BY id FOR KEY SHARE`,
      [wanted.map(({ fileId }) => fileId), wanted.map(({ ownerId }) => ownerId)],
    );
  }

  /** Those that are here, whosever they are; they stay to the end of the transaction. */
  keepAnyones(ids: number[]): Promise<FileRow[]> {
    return this.db.query(`SELECT * FROM files WHERE id = ANY($1) AND ${HERE} ORDER BY id FOR KEY SHARE`, [ids]);
  }

  /** Is it here? If so, it stays to the end of the transaction. */
  async hold(id: number): Promise<boolean> {
    return (await this.db.query(`SELECT id FROM files WHERE id = $1 AND ${HERE} FOR KEY SHARE`, [id])).length > 0;
  }

  /** Those of them that exist, locked against new references too. */
  async lock(ids: number[]): Promise<number[]> {
    const sql = `SELECT id FROM files WHERE id = ANY($1) AND ${HERE} ORDER BY id FOR UPDATE`;
    return (await this.db.query<{ id: number }>(sql, [ids])).map(({ id }) => id);
  }

  /** Marks it as gone; false if it was already. */
  async markDeleted(id: number): Promise<boolean> {
    const sql =
      'UPDATE files SET deleted_at = now(), client_id = NULL WHERE id = $1 AND deleted_at IS NULL RETURNING id';
    return (await this.db.query(sql, [id])).length > 0;
  }

  /** Whatever its state; neither taken back nor let go by whoever keeps it until the transaction ends. */
  async holdStill(id: number): Promise<FileRow | undefined> {
    return (await this.db.query<FileRow>('SELECT * FROM files WHERE id = $1 FOR UPDATE', [id]))[0];
  }

  /** Locked, and only if it is marked as gone. */
  async lockDeleted(id: number): Promise<FileRow | undefined> {
    const sql = 'SELECT * FROM files WHERE id = $1 AND deleted_at IS NOT NULL FOR UPDATE';
    return (await this.db.query<FileRow>(sql, [id]))[0];
  }

  async remove(id: number): Promise<void> {
    await this.db.query('DELETE FROM files WHERE id = $1', [id]);
  }
}
