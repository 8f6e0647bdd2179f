import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { inChunks } from 'src/core/personal-data/chunks';
import { blocked } from 'src/modules/location/reach.repository';
import type { ShareRequestRow } from 'src/modules/location/share-requests.dto';
import type { RequestState } from 'src/modules/location/shares.entities';

const ROW = `
  SELECT q.*, u.username, u.display_name, u.avatar_url,
    t.username AS target_username, t.display_name AS target_display_name, t.avatar_url AS target_avatar_url
  FROM location_requests q JOIN users u ON u.id = q.user_id JOIN users t ON t.id = q.target_user_id`;

/** Who would like to see whom. */
@Injectable()
export class ShareRequestsRepository {
  constructor(private readonly db: Database) {}

  /** The pair's pending request, made if there is none; `created` tells. */
  async put(userId: string, targetUserId: string): Promise<{ id: number; created: boolean }> {
    const [row] = await this.db.query<{ id: number; created: boolean }>(
      `INSERT INTO location_requests (user_id, target_user_id) VALUES ($1, $2)
       ON CONFLICT (user_id, target_user_id) WHERE state = 'pending' DO UPDATE SET state = 'pending'
       RETURNING id, xmax = 0 AS created`,
      [userId, targetUserId],
    );
    return row!;
  }

  /** How many of the user's requests the other has declined, and the user has withdrawn, within so many minutes. */
  async endedLately(userId: string, targetUserId: string, minutes: number) {
    const [counts] = await this.db.query<{ declined: number; withdrawn: number }>(
      `SELECT count(*) FILTER (WHERE state = 'declined')::int AS declined,
         count(*) FILTER (WHERE state = 'withdrawn')::int AS withdrawn
       FROM location_requests
       WHERE user_id = $1 AND target_user_id = $2 AND decided_at > now() - make_interval(mins => $3)`,
      [userId, targetUserId, minutes],
    );
    return counts!;
  }

  /** Requests between the same two that were made within so many minutes before this one, and withdrawn. */
  async withdrawnBefore(id: number, minutes: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT e.id FROM location_requests q
         JOIN location_requests e ON e.user_id = q.user_id AND e.target_user_id = q.target_user_id AND e.id < q.id
       WHERE q.id = $1 AND e.state = 'withdrawn' AND e.created_at > q.created_at - make_interval(mins => $2)`,
      [id, minutes],
    );
    return rows.map((row) => row.id);
  }

  /** Decides a pending request; false if it is pending no more. */
  async decide(id: number, state: RequestState, shareId: number | null = null): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE location_requests SET state = $2, share_id = $3, decided_at = now() WHERE id = $1 AND state = 'pending' RETURNING id`,
      [id, state, shareId],
    );
    return rows.length > 0;
  }

  /** The pair's pending request. */
  async pendingOf(userId: string, targetUserId: string): Promise<number | undefined> {
    const sql = `SELECT id FROM location_requests WHERE user_id = $1 AND target_user_id = $2 AND state = 'pending'`;
    return (await this.db.query<{ id: number }>(sql, [userId, targetUserId]))[0]?.id;
  }

  /** Forgets those that were decided more than so many days ago. */
  async forgetDecided(days: number): Promise<void> {
    const old = 'decided_at < now() - make_interval(days => $1)';
    await inChunks(this.db, 'location_requests', 'DELETE FROM location_requests', old, [days]);
  }

  async pendingAmong(ids: number[]): Promise<number[]> {
    const sql = `SELECT id FROM location_requests WHERE id = ANY($1) AND state = 'pending'`;
    return (await this.db.query<{ id: number }>(sql, [ids])).map(({ id }) => id);
  }

  async byId(id: number): Promise<ShareRequestRow | undefined> {
    return (await this.db.query<ShareRequestRow>(`${ROW} WHERE q.id = $1`, [id]))[0];
  }

  /** Up to `limit` pending requests of and to the user, newest first, from below an id; none of the blocked. */
  pending(userId: string, limit: number, below: number | null): Promise<ShareRequestRow[]> {
    return this.db.query(
      `${ROW} WHERE q.state = 'pending' AND (q.user_id = $1 OR q.target_user_id = $1) AND ($3::bigint IS NULL OR q.id < $3)
         AND u.is_active AND t.is_active AND NOT ${blocked('q.user_id', 'q.target_user_id')}
       ORDER BY q.id DESC LIMIT $2`,
      [userId, limit, below],
    );
  }
}
