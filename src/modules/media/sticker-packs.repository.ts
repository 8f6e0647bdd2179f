import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { StickerRow } from 'src/modules/media/stickers.repository';

export interface PackRow {
  id: number;
  built_in: string | null;
  name: string;
  author: string | null;
  license: string | null;
  license_url: string | null;
  sticker_count: number;
  created_at: Date;
}

export type NewPack = Pick<PackRow, 'built_in' | 'name' | 'author' | 'license' | 'license_url'>;
export type NewSticker = Omit<StickerRow, 'id' | 'pack_id'>;

const PACKS = `SELECT p.*, (SELECT count(*)::int FROM stickers s WHERE s.pack_id = p.id) AS sticker_count FROM sticker_packs p`;

/** The packs of the tenant in the context. */
@Injectable()
export class StickerPacksRepository {
  constructor(private readonly db: Database) {}

  /** Oldest first: what comes with Muster is at the beginning. */
  list(): Promise<PackRow[]> {
    return this.db.query(`${PACKS} WHERE p.tenant_id = $1 ORDER BY p.id`, [currentContext().tenantId]);
  }

  async byId(id: number): Promise<PackRow | undefined> {
    const sql = `${PACKS} WHERE p.id = $1 AND p.tenant_id = $2`;
    return (await this.db.query<PackRow>(sql, [id, currentContext().tenantId]))[0];
  }

  /** Its id; undefined if it is built in and there already. */
  async insert(pack: NewPack): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO sticker_packs (tenant_id, built_in, name, author, license, license_url) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (tenant_id, built_in) DO NOTHING RETURNING id`,
      [currentContext().tenantId, pack.built_in, pack.name, pack.author, pack.license, pack.license_url],
    );
    return row?.id;
  }

  async insertStickers(packId: number, stickers: NewSticker[]): Promise<void> {
    const rows = stickers.map((sticker, place) => ({ ...sticker, place }));
    await this.db.query(
      `INSERT INTO stickers (pack_id, place, emoji, keywords, storage_key, width, height, is_animated)
       SELECT $1, place, emoji, keywords, storage_key, width, height, is_animated FROM jsonb_to_recordset($2::jsonb) AS
         (place smallint, emoji text, keywords text[], storage_key text, width int, height int, is_animated boolean)
       ORDER BY place`,
      [packId, JSON.stringify(rows)],
    );
  }

  async remove(id: number): Promise<void> {
    await this.db.query('DELETE FROM sticker_packs WHERE id = $1', [id]);
  }
}
