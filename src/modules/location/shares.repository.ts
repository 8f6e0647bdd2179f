import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { SharedPosition } from 'src/modules/location/location.policy';

export interface ShareRow {
  id: number;
  user_id: string;
  target_user_id: string;
  expires_at: Date;
  stopped_at: Date | null;
  created_at: Date;
  updated_at: Date;
  /** At the moment of reading, by the clock of the database. */
  is_live: boolean;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  target_username: string;
  target_display_name: string | null;
  target_avatar_url: string | null;
}

/** What a share is worth now: an index finds the active ones, the clock says which of them are live. */
const LIVE = 's.is_active AND s.expires_at > now()';

/** Between two of whom one has blocked the other, nothing is seen any more, whatever becomes of the share. */
const SEEN = `${LIVE} AND NOT EXISTS (SELECT FROM user_blocks b
  WHERE (b.blocker_id, b.blocked_id) IN ((s.user_id, s.target_user_id), (s.target_user_id, s.user_id)))`;

const ROW = `
  SELECT s.id, s.user_id, s.target_user_id, s.expires_at, s.stopped_at, s.created_at, s.updated_at, ${LIVE} AS is_live,
    u.username, u.display_name, u.avatar_url,
    t.username AS target_username, t.display_name AS target_display_name, t.avatar_url AS target_avatar_url
  FROM location_shares s JOIN users u ON u.id = s.user_id JOIN users t ON t.id = s.target_user_id`;

const POSITION = `
  SELECT s.id AS share_id, s.target_user_id AS viewer_id, s.is_active, s.expires_at, now() AS at, l.*
  FROM location_shares s JOIN live_locations l ON l.user_id = s.user_id WHERE ${SEEN}`;

/** Which positions are asked for: of these owners, or those shown to this viewer, or of both. */
export interface Asked {
  ownerIds?: string[];
  viewerId?: string;
}

/** Who may see whose position. */
@Injectable()
export class SharesRepository {
  constructor(private readonly db: Database) {}

  /** The positions that live shares open, but to the blocked. To be shown only through `LocationAccess`. */
  positions({ ownerIds, viewerId }: Asked): Promise<SharedPosition[]> {
    return this.db.query(
      `${POSITION} AND ($1::uuid[] IS NULL OR s.user_id = ANY($1)) AND ($2::uuid IS NULL OR s.target_user_id = $2)`,
      [ownerIds, viewerId],
    );
  }

  async isLive(userId: string, targetUserId: string): Promise<boolean> {
    const sql = `SELECT FROM location_shares s WHERE ${SEEN} AND s.user_id = $1 AND s.target_user_id = $2`;
    return (await this.db.query(sql, [userId, targetUserId])).length > 0;
  }

  /** The time by the clock of the database. */
  async now(): Promise<Date> {
    const [row] = await this.db.query<{ now: Date }>('SELECT now()');
    return row!.now;
  }

  /** Gives the pair's active share a new end, or makes one; tells which. */
  async put(userId: string, targetUserId: string, expiresAt: Date): Promise<{ id: number; created: boolean }> {
    const [row] = await this.db.query<{ id: number; created: boolean }>(
      `INSERT INTO location_shares (user_id, target_user_id, expires_at) VALUES ($1, $2, $3)
       ON CONFLICT (user_id, target_user_id) WHERE is_active DO UPDATE SET expires_at = excluded.expires_at, updated_at = now()
       RETURNING id, xmax = 0 AS created`,
      [userId, targetUserId, expiresAt],
    );
    return row!;
  }

  /** Gives the owner's live share a new end; false if he has no such. */
  async setEnd(userId: string, id: number, expiresAt: Date): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE location_shares s SET expires_at = $3, updated_at = now() WHERE s.id = $2 AND s.user_id = $1 AND ${LIVE} RETURNING id`,
      [userId, id, expiresAt],
    );
    return rows.length > 0;
  }

  /** Ends the owner's live share now; false if it is not live. */
  async stop(userId: string, id: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE location_shares s SET is_active = false, stopped_at = now(), updated_at = now()
       WHERE s.id = $2 AND s.user_id = $1 AND ${LIVE} RETURNING id`,
      [userId, id],
    );
    return rows.length > 0;
  }

  /** Ends the live shares between two, and gives their ids. */
  async stopBetween(one: string, other: string): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `UPDATE location_shares s SET is_active = false, stopped_at = now(), updated_at = now()
       WHERE (s.user_id, s.target_user_id) IN (($1, $2), ($2, $1)) AND ${LIVE} RETURNING id`,
      [one, other],
    );
    return rows.map(({ id }) => id);
  }

  /** Closes a share that has expired; false if it has not, or is closed already. */
  async close(id: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE location_shares SET is_active = false, stopped_at = expires_at, updated_at = now()
       WHERE id = $1 AND is_active AND expires_at <= now() RETURNING id`,
      [id],
    );
    return rows.length > 0;
  }

  /** Closes the pair's share if it has expired, and gives its id. */
  async closeExpired(userId: string, targetUserId: string): Promise<number | undefined> {
    const [row] = await this.db.query<{ id: number }>(
      `UPDATE location_shares SET is_active = false, stopped_at = expires_at, updated_at = now()
       WHERE user_id = $1 AND target_user_id = $2 AND is_active AND expires_at <= now() RETURNING id`,
      [userId, targetUserId],
    );
    return row?.id;
  }

  async byId(id: number): Promise<ShareRow | undefined> {
    const [row] = await this.db.query<ShareRow>(`${ROW} WHERE s.id = $1`, [id]);
    return row;
  }

  /** Up to `limit` live shares that the user gives or receives, newest first, from below an id. */
  live(userId: string, limit: number, below: number | null): Promise<ShareRow[]> {
    return this.db.query(
      `${ROW} WHERE ${LIVE} AND (s.user_id = $1 OR s.target_user_id = $1) AND ($3::bigint IS NULL OR s.id < $3)
       ORDER BY s.id DESC LIMIT $2`,
      [userId, limit, below],
    );
  }
}
