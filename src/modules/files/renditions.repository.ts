import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { RenditionVariant } from 'src/modules/files/files.entities';

export interface NewRendition {
  variant: RenditionVariant;
  format: string;
  contentType: string;
  storageKey: string;
  fileSize: number;
  width: number | null;
  height: number | null;
}

export interface RenditionRow {
  variant: RenditionVariant;
  format: string;
  content_type: string;
  storage_key: string;
  file_size: number;
}

/** What a look into a file tells of it. */
export interface Discovered {
  width?: number | null;
  height?: number | null;
  durationMs?: number | null;
  isAnimated?: boolean;
  thumbhash?: string | null;
  waveform?: number[] | null;
  hasThumbnails?: boolean;
}

/** What is made of files. */
@Injectable()
export class RenditionsRepository {
  constructor(private readonly db: Database) {}

  /** How often it has been tried, this time included. */
  async attempt(fileId: number): Promise<number> {
    const sql = 'UPDATE files SET attempts = attempts + 1 WHERE id = $1 RETURNING attempts';
    return (await this.db.query<{ attempts: number }>(sql, [fileId]))[0]?.attempts ?? 0;
  }

  /** An attempt that says nothing of the file. */
  async spare(fileId: number): Promise<void> {
    await this.db.query('UPDATE files SET attempts = attempts - 1 WHERE id = $1', [fileId]);
  }

  /** False if it was not waiting for that. */
  async ready(fileId: number, found: Discovered): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE files SET status = 'ready', updated_at = now(), width = $2, height = $3, duration_ms = $4, is_animated = $5,
         thumbhash = $6, waveform = coalesce($7::smallint[], waveform), has_thumbnails = $8
       WHERE id = $1 AND status = 'processing' RETURNING id`,
      [
        fileId,
        found.width ?? null,
        found.height ?? null,
        found.durationMs ?? null,
        found.isAnimated ?? false,
        found.thumbhash ?? null,
        found.waveform ?? null,
        found.hasThumbnails ?? false,
      ],
    );
    return rows.length > 0;
  }

  /** False if it was not waiting for that. */
  async failed(fileId: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE files SET status = 'processing_failed', updated_at = now() WHERE id = $1 AND status = 'processing' RETURNING id`,
      [fileId],
    );
    return rows.length > 0;
  }

  async replace(fileId: number, renditions: NewRendition[]): Promise<void> {
    await this.db.query('DELETE FROM file_renditions WHERE file_id = $1', [fileId]);
    const column = <K extends keyof NewRendition>(key: K) => renditions.map((one) => one[key]);
    await this.db.query(
      `INSERT INTO file_renditions (file_id, variant, format, content_type, storage_key, file_size, width, height)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::int[], $8::int[])`,
      [
        fileId,
        column('variant'),
        column('format'),
        column('contentType'),
        column('storageKey'),
        column('fileSize'),
        column('width'),
        column('height'),
      ],
    );
  }

  /** These previews of the file are elsewhere from now on, and it has no others. */
  async move(fileId: number, previews: { variant: string; format: string; to: string }[]): Promise<void> {
    await this.db.query(
      `WITH moved AS (SELECT * FROM unnest($2::text[], $3::text[], $4::text[]) AS m (variant, format, storage_key)),
         gone AS (DELETE FROM file_renditions r WHERE file_id = $1
           AND NOT EXISTS (SELECT FROM moved m WHERE m.variant = r.variant AND m.format = r.format))
       UPDATE file_renditions r SET storage_key = m.storage_key FROM moved m
       WHERE r.file_id = $1 AND m.variant = r.variant AND m.format = r.format`,
      [fileId, previews.map((one) => one.variant), previews.map((one) => one.format), previews.map((one) => one.to)],
    );
  }

  of(fileId: number): Promise<RenditionRow[]> {
    return this.db.query('SELECT * FROM file_renditions WHERE file_id = $1', [fileId]);
  }
}
