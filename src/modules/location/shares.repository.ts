import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Precision } from 'src/modules/location/precision';
import { blocked, LIVE, REACH, UNBLOCKED } from 'src/modules/location/reach.repository';
import type { Audience, EndReason } from 'src/modules/location/shares.entities';

/** What an owner grants. */
export interface Terms {
  audience: Audience;
  targetUserId: string | null;
  chatId: number | null;
  precision: Precision;
  showsHistory: boolean;
  expiresAt: Date | null;
  arrival: { latitude: number; longitude: number; radius: number } | null;
  tokenHash: Buffer | null;
  passwordHash: string | null;
  maxViews: number | null;
}

export interface ShareRow {
  id: number;
  user_id: string;
  audience: Audience;
  target_user_id: string | null;
  chat_id: number | null;
  precision: Precision;
  shows_history: boolean;
  expires_at: Date | null;
  arrival_latitude: number | null;
  arrival_longitude: number | null;
  arrival_radius: number | null;
  has_password: boolean;
  max_views: number | null;
  views: number;
  stopped_at: Date | null;
  end_reason: EndReason | null;
  created_at: Date;
  updated_at: Date;
  /** At the moment of reading, by the clock of the database. */
  is_live: boolean;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  target_username: string | null;
  target_display_name: string | null;
  target_avatar_url: string | null;
}

/** A share that ends where its owner arrives. */
export interface AwaitingRow {
  id: number;
  user_id: string;
  /** When it got these terms. */
  granted_at: Date;
  latitude: number;
  longitude: number;
  radius: number;
}

/** What a link opens, and on which conditions. */
export interface LinkRow {
  id: number;
  user_id: string;
  password_hash: string | null;
}

const ROW = `
  SELECT s.id, s.user_id, s.audience, s.target_user_id, s.chat_id, s.precision, s.shows_history, s.expires_at, s.arrival_latitude,
    s.arrival_longitude, s.arrival_radius, s.password_hash IS NOT NULL AS has_password, s.max_views, s.views, s.stopped_at,
    s.end_reason, s.created_at, s.updated_at, (${LIVE}) AS is_live, u.username, u.display_name, u.avatar_url,
    t.username AS target_username, t.display_name AS target_display_name, t.avatar_url AS target_avatar_url
  FROM location_shares s JOIN users u ON u.id = s.user_id LEFT JOIN users t ON t.id = s.target_user_id`;

const END = 'is_active = false, updated_at = now()';

/** An owner has one active share with each person, each chat, and his contacts; and as many links as he likes. */
const ONE_OF: Record<Audience, string | undefined> = {
  user: '(user_id, target_user_id) WHERE is_active',
  chat: '(user_id, chat_id) WHERE is_active',
  contacts: `(user_id) WHERE is_active AND audience = 'contacts'`,
  link: undefined,
};

/** What owners have granted. Who may see what by it, `ReachRepository` knows. */
@Injectable()
export class SharesRepository {
  constructor(private readonly db: Database) {}

  /** The time by the clock of the database. */
  async now(): Promise<Date> {
    const [row] = await this.db.query<{ now: Date }>('SELECT now()');
    return row!.now;
  }

  /** Gives the active share of the same audience these terms, or makes one; tells which. */
  async put(userId: string, terms: Terms): Promise<{ id: number; created: boolean }> {
    const one = ONE_OF[terms.audience];
    const [row] = await this.db.query<{ id: number; created: boolean }>(
      `INSERT INTO location_shares (user_id, audience, target_user_id, chat_id, precision, shows_history, expires_at,
         arrival_latitude, arrival_longitude, arrival_radius, token_hash, password_hash, max_views)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ${
         one
           ? `ON CONFLICT ${one} DO UPDATE SET precision = excluded.precision, shows_history = excluded.shows_history,
           expires_at = excluded.expires_at, arrival_latitude = excluded.arrival_latitude,
           arrival_longitude = excluded.arrival_longitude, arrival_radius = excluded.arrival_radius, updated_at = now()`
           : ''
       } RETURNING id, xmax = 0 AS created`,
      [
        userId,
        terms.audience,
        terms.targetUserId,
        terms.chatId,
        terms.precision,
        terms.showsHistory,
        terms.expiresAt,
        terms.arrival?.latitude,
        terms.arrival?.longitude,
        terms.arrival?.radius,
        terms.tokenHash,
        terms.passwordHash,
        terms.maxViews,
      ],
    );
    return row!;
  }

  /** Gives the owner's live share other terms; false if he has no such. */
  async change(userId: string, id: number, terms: Terms): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE location_shares s SET precision = $3, shows_history = $4, expires_at = $5, arrival_latitude = $6,
         arrival_longitude = $7, arrival_radius = $8, updated_at = now()
       WHERE s.id = $2 AND s.user_id = $1 AND ${LIVE} RETURNING id`,
      [
        userId,
        id,
        terms.precision,
        terms.showsHistory,
        terms.expiresAt,
        terms.arrival?.latitude,
        terms.arrival?.longitude,
        terms.arrival?.radius,
      ],
    );
    return rows.length > 0;
  }

  /** Ends the owner's live shares of these ids, or all of them; gives the ids of those that were live. */
  stop(userId: string, ids: number[] | null, reason: EndReason): Promise<number[]> {
    return this.ids(
      `UPDATE location_shares s SET ${END}, stopped_at = now(), end_reason = $3
       WHERE s.user_id = $1 AND ($2::bigint[] IS NULL OR s.id = ANY($2)) AND ${LIVE} RETURNING id`,
      [userId, ids, reason],
    );
  }

  /** Ends the live shares between two that were granted up to a moment, or all while one of them has blocked the other; gives their ids. */
  stopBetween(one: string, other: string, until: string | null): Promise<number[]> {
    return this.ids(
      `UPDATE location_shares s SET ${END}, stopped_at = now(), end_reason = 'blocked'
       WHERE (s.user_id, s.target_user_id) IN (($1, $2), ($2, $1)) AND ${LIVE} AND (date_trunc('milliseconds', s.updated_at) <= $3
         OR ${blocked('$1', '$2')}) RETURNING id`,
      [one, other, until],
    );
  }

  /** Ends those of the users' shares with a chat during which they left it, be they in again or not, and gives their ids. */
  stopOfLeavers(userIds: string[], chatId: number): Promise<number[]> {
    return this.ids(
      `UPDATE location_shares s SET ${END}, stopped_at = now(), end_reason = 'stopped'
       WHERE s.user_id = ANY($1::uuid[]) AND s.audience = 'chat' AND (s.chat_id = $2 OR s.chat_id IS NULL) AND ${LIVE} AND NOT EXISTS (
         SELECT FROM chat_participants o WHERE o.chat_id = s.chat_id AND o.user_id = s.user_id AND o.left_at IS NULL
           AND o.joined_at <= s.created_at) RETURNING id`,
      [userIds, chatId],
    );
  }

  /** Closes a share that has expired; false if it has not, or is closed already. */
  async close(id: number): Promise<boolean> {
    const ids = await this.ids(
      `UPDATE location_shares SET ${END}, stopped_at = expires_at, end_reason = 'expired'
       WHERE id = $1 AND is_active AND expires_at <= now() RETURNING id`,
      [id],
    );
    return ids.length > 0;
  }

  /** Closes the share of the same audience if it has expired, and gives its id. */
  async closeExpired(userId: string, { audience, targetUserId, chatId }: Terms): Promise<number | undefined> {
    const [id] = await this.ids(
      `UPDATE location_shares SET ${END}, stopped_at = expires_at, end_reason = 'expired'
       WHERE user_id = $1 AND audience = $2 AND audience <> 'link' AND target_user_id IS NOT DISTINCT FROM $3
         AND chat_id IS NOT DISTINCT FROM $4 AND is_active AND expires_at <= now() RETURNING id`,
      [userId, audience, targetUserId, chatId],
    );
    return id;
  }

  liveTargets(ids: number[]): Promise<{ id: number; target_user_id: string }[]> {
    return this.db.query(
      `SELECT s.id, s.target_user_id FROM location_shares s WHERE s.id = ANY($1) AND s.target_user_id IS NOT NULL AND ${LIVE}`,
      [ids],
    );
  }

  async byId(id: number): Promise<ShareRow | undefined> {
    const [row] = await this.db.prepared<ShareRow>('location share', `${ROW} WHERE s.id = $1`, [id]);
    return row;
  }

  /** The same; nobody changes it until the open transaction ends. */
  async lock(id: number): Promise<ShareRow | undefined> {
    const sql = `${ROW} WHERE s.id = $1 FOR NO KEY UPDATE OF s`;
    const [row] = await this.db.prepared<ShareRow>('location share locked', sql, [id]);
    return row;
  }

  async countLive(userId: string): Promise<number> {
    const sql = `SELECT count(*)::int AS n FROM location_shares s WHERE s.user_id = $1 AND ${LIVE}`;
    return (await this.db.query<{ n: number }>(sql, [userId]))[0]!.n;
  }

  /** Up to `limit` live shares that the user gives or receives, newest first, from below an id. */
  live(userId: string, limit: number, below: number | null): Promise<ShareRow[]> {
    return this.db.prepared(
      'location shares live',
      `${ROW} WHERE ${LIVE} AND ($3::bigint IS NULL OR s.id < $3) AND (s.user_id = $1 OR u.is_active) AND s.id IN (
         SELECT id FROM location_shares WHERE user_id = $1 AND is_active UNION ALL
         SELECT r.share_id FROM (${REACH}) r JOIN location_shares s ON s.id = r.share_id WHERE r.viewer_id = $1 AND ${UNBLOCKED})
       ORDER BY s.id DESC LIMIT $2`,
      [userId, limit, below],
    );
  }

  /** All live shares that the user gives, newest first; without the links that have no view left. */
  given(userId: string): Promise<ShareRow[]> {
    const isOpen = '(s.max_views IS NULL OR s.views < s.max_views)';
    return this.db.query(`${ROW} WHERE ${LIVE} AND ${isOpen} AND s.user_id = $1 ORDER BY s.id DESC`, [userId]);
  }

  /** The live shares of the users that end where they arrive. */
  awaiting(userIds: string[]): Promise<AwaitingRow[]> {
    return this.db.query(
      `SELECT s.id, s.user_id, s.arrival_latitude AS latitude, s.arrival_longitude AS longitude, s.arrival_radius AS radius,
         date_trunc('milliseconds', s.updated_at) AS granted_at
       FROM location_shares s WHERE s.user_id = ANY($1::uuid[]) AND s.arrival_radius IS NOT NULL AND ${LIVE}`,
      [userIds],
    );
  }

  /** The live link of a token, if its owner's account is open. */
  async byToken(hash: Buffer): Promise<LinkRow | undefined> {
    const [row] = await this.db.query<LinkRow>(
      `SELECT s.id, s.user_id, s.password_hash FROM location_shares s JOIN users u ON u.id = s.user_id AND u.is_active
       WHERE s.token_hash = $1 AND ${LIVE}`,
      [hash],
    );
    return row;
  }

  /** Counts one view of a live link; false if it has none left. */
  async countView(id: number): Promise<boolean> {
    const ids = await this.ids(
      `UPDATE location_shares s SET views = views + 1 WHERE s.id = $1 AND ${LIVE} AND (max_views IS NULL OR views < max_views)
       RETURNING id`,
      [id],
    );
    return ids.length > 0;
  }

  /** Nothing was shown by the view just counted, within the same transaction. */
  async giveBackView(id: number): Promise<void> {
    await this.db.query('UPDATE location_shares SET views = views - 1 WHERE id = $1', [id]);
  }

  private async ids(sql: string, parameters: unknown[]): Promise<number[]> {
    return (await this.db.query<{ id: number }>(sql, parameters)).map(({ id }) => id);
  }
}
