import { Injectable } from '@nestjs/common';
import { arrayOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';

const VISIBLE = '(expires_at IS NULL OR expires_at > now())';
const OF = `SELECT expires_at, created_at FROM nearby_users WHERE user_id = $1 AND ${VISIBLE}`;
const VISIBLE_OF = `SELECT user_id FROM nearby_users WHERE user_id = ANY($1::uuid[]) AND ${VISIBLE}`;

/** That somebody wants to be found. */
interface VisibleRow {
  expires_at: Date | null;
  created_at: Date;
}

/** Who wants to be found. */
@Injectable()
export class NearbyRepository {
  constructor(private readonly db: Database) {}

  async put(userId: string, minutes: number | null): Promise<void> {
    await this.db.query(
      `INSERT INTO nearby_users AS n (user_id, expires_at) VALUES ($1, now() + make_interval(mins => $2))
       ON CONFLICT (user_id) DO UPDATE SET expires_at = excluded.expires_at,
         created_at = CASE WHEN n.expires_at <= now() THEN now() ELSE n.created_at END`,
      [userId, minutes],
    );
  }

  async remove(userId: string): Promise<void> {
    await this.db.query('DELETE FROM nearby_users WHERE user_id = $1', [userId]);
  }

  async of(userId: string): Promise<VisibleRow | undefined> {
    return (await this.db.prepared<VisibleRow>('nearby of', OF, [userId]))[0];
  }

  /** Those of the users who want to be found now. */
  async visible(userIds: string[]): Promise<Set<string>> {
    const rows = await this.db.prepared<{ user_id: string }>('nearby visible', VISIBLE_OF, [arrayOf(userIds)]);
    return new Set(rows.map(({ user_id }) => user_id));
  }

  /** Up to `limit` who want to be found, in the order of their ids from above one. */
  async page(above: string | null, limit: number): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `SELECT user_id FROM nearby_users WHERE ($1::uuid IS NULL OR user_id > $1) AND ${VISIBLE} ORDER BY user_id LIMIT $2`,
      [above, limit],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Forgets up to `limit` of those who wanted to be found until a moment that has passed; gives who they were. */
  async removeExpired(limit: number): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `DELETE FROM nearby_users WHERE expires_at <= now() AND user_id IN (
         SELECT user_id FROM nearby_users WHERE expires_at <= now() LIMIT $1) RETURNING user_id`,
      [limit],
    );
    return rows.map(({ user_id }) => user_id);
  }
}
