import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';

export interface StickerRow {
  id: number;
  pack_id: number;
  emoji: string;
  keywords: string[];
  storage_key: string;
  width: number;
  height: number;
  is_animated: boolean;
}

const STICKERS = 'stickers s JOIN sticker_packs p ON p.id = s.pack_id';

/** The stickers of the tenant in the context, and which of them somebody likes and uses. */
@Injectable()
export class StickersRepository {
  constructor(private readonly db: Database) {}

  /** They stay to the end of the transaction, if there is one. */
  keep(ids: number[]): Promise<StickerRow[]> {
    const sql = `SELECT s.* FROM ${STICKERS} WHERE s.id = ANY($1) AND p.tenant_id = $2 ORDER BY s.id FOR KEY SHARE OF s`;
    return this.db.query(sql, [ids, currentContext().tenantId]);
  }

  /** Up to `limit` by id, from above one; all, or those of that emoji or with a keyword that begins so. */
  find(q: string | undefined, above: number, limit: number): Promise<StickerRow[]> {
    // with and without the sign that asks for colour an emoji is the same
    const sql = `SELECT s.* FROM ${STICKERS} WHERE p.tenant_id = $1 AND s.id > $2
        AND ($3::text IS NULL OR replace(s.emoji, U&'\\FE0F', '') = replace($3, U&'\\FE0F', '')
          OR EXISTS (SELECT FROM unnest(s.keywords) word WHERE starts_with(word, $3)))
      ORDER BY s.id LIMIT $4`;
    return this.db.query(sql, [currentContext().tenantId, above, q?.toLowerCase() ?? null, limit]);
  }

  ofPack(packId: number): Promise<StickerRow[]> {
    return this.db.query('SELECT * FROM stickers WHERE pack_id = $1 ORDER BY place', [packId]);
  }

  /** Those of the keys that some sticker names, whosesoever. */
  async knownKeys(keys: string[]): Promise<string[]> {
    const sql = 'SELECT storage_key FROM stickers WHERE storage_key = ANY($1)';
    return (await this.db.query<{ storage_key: string }>(sql, [keys])).map(({ storage_key }) => storage_key);
  }

  /** Newest first. */
  favorites(userId: string): Promise<StickerRow[]> {
    const sql = `SELECT s.* FROM sticker_favorites f JOIN stickers s ON s.id = f.sticker_id
      WHERE f.user_id = $1 ORDER BY f.created_at DESC, s.id DESC`;
    return this.db.query(sql, [userId]);
  }

  /** False if there are `most` already; nothing happens if it is one of them. */
  async addFavorite(userId: string, stickerId: number, most: number): Promise<boolean> {
    const sql = `INSERT INTO sticker_favorites (user_id, sticker_id, created_at)
      SELECT $1, $2, clock_timestamp() WHERE (SELECT count(*) FROM sticker_favorites WHERE user_id = $1) < $3
        OR EXISTS (SELECT FROM sticker_favorites WHERE user_id = $1 AND sticker_id = $2)
      ON CONFLICT (user_id, sticker_id) DO UPDATE SET sticker_id = excluded.sticker_id RETURNING sticker_id`;
    return (await this.db.query(sql, [userId, stickerId, most])).length > 0;
  }

  async removeFavorite(userId: string, stickerId: number): Promise<void> {
    await this.db.query('DELETE FROM sticker_favorites WHERE user_id = $1 AND sticker_id = $2', [userId, stickerId]);
  }

  /** Last used first. */
  recent(userId: string): Promise<StickerRow[]> {
    const sql = `SELECT s.* FROM sticker_uses u JOIN stickers s ON s.id = u.sticker_id
      WHERE u.user_id = $1 ORDER BY u.used_at DESC, s.id DESC`;
    return this.db.query(sql, [userId]);
  }

  /** Remembers, of each user, the last `most`; those named later were used later. */
  async used(uses: { userId: string; stickerId: number }[], most: number): Promise<void> {
    const userIds = uses.map(({ userId }) => userId);
    await this.db.query(
      `INSERT INTO sticker_uses (user_id, sticker_id, used_at)
       SELECT user_id, sticker_id, clock_timestamp() + max(n) * interval '1 microsecond'
       FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS u (user_id, sticker_id, n)
       GROUP BY user_id, sticker_id ORDER BY user_id, sticker_id -- one order of locks for everybody
       ON CONFLICT (user_id, sticker_id) DO UPDATE SET used_at = excluded.used_at`,
      [userIds, uses.map(({ stickerId }) => stickerId)],
    );
    await this.db.query(
      `DELETE FROM sticker_uses WHERE (user_id, sticker_id) IN (
         SELECT user_id, sticker_id FROM (
           SELECT user_id, sticker_id, row_number() OVER (PARTITION BY user_id ORDER BY used_at DESC) AS place
           FROM sticker_uses WHERE user_id = ANY($1::uuid[])) u
         WHERE place > $2)`,
      [userIds, most],
    );
  }
}
