import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { User } from 'src/modules/users/users.entities';

export interface BlockRow extends Pick<User, 'id' | 'username' | 'displayName' | 'avatarUrl'> {
  blockId: number;
  blockedAt: Date;
}

/** A pair of users, in any order. */
export type Pair = [string, string];

@Injectable()
export class BlocksRepository {
  constructor(private readonly db: Database) {}

  /** To the end of the transaction nobody else holds the two. */
  async hold(one: string, other: string): Promise<void> {
    await this.db.query(`SELECT pg_advisory_xact_lock(hashtextextended('pair:' || $1, 0))`, [
      [one, other].sort().join(' '),
    ]);
  }

  /** Since when it holds; undefined if it was there already. */
  async insert(blockerId: string, blockedId: string): Promise<Date | undefined> {
    const [row] = await this.db.query<{ created_at: Date }>(
      `INSERT INTO user_blocks (blocker_id, blocked_id, created_at) VALUES ($1, $2, clock_timestamp())
       ON CONFLICT DO NOTHING RETURNING created_at`,
      [blockerId, blockedId],
    );
    return row?.created_at;
  }

  /** False if there was none. */
  async delete(blockerId: string, blockedId: string): Promise<boolean> {
    const sql = 'DELETE FROM user_blocks WHERE blocker_id = $1 AND blocked_id = $2 RETURNING id';
    return (await this.db.query(sql, [blockerId, blockedId])).length > 0;
  }

  /** Up to `limit` of those a user has blocked, newest first, from below a place. */
  list(blockerId: string, below: number | undefined, limit: number): Promise<BlockRow[]> {
    return this.db.query(
      `SELECT b.id AS "blockId", b.created_at AS "blockedAt", u.id, u.username, u.display_name AS "displayName",
         u.avatar_url AS "avatarUrl"
       FROM user_blocks b JOIN users u ON u.id = b.blocked_id
       WHERE b.blocker_id = $1 AND ($2::bigint IS NULL OR b.id < $2) ORDER BY b.id DESC LIMIT $3`,
      [blockerId, below ?? null, limit],
    );
  }

  /** Those of the others who have blocked the user, or whom he has. */
  async between(userId: string, otherIds: string[]): Promise<Set<string>> {
    const rows = await this.db.query<{ id: string }>(
      `SELECT blocked_id AS id FROM user_blocks WHERE blocker_id = $1 AND blocked_id = ANY($2::uuid[])
       UNION SELECT blocker_id FROM user_blocks WHERE blocked_id = $1 AND blocker_id = ANY($2::uuid[])`,
      [userId, otherIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** All who have blocked one of the users, or whom he has: by user. */
  async all(userIds: string[]): Promise<Map<string, string[]>> {
    const rows = await this.db.query<{ user_id: string; others: string[] }>(
      `SELECT user_id, array_agg(other_id::text) AS others FROM (
         SELECT blocker_id AS user_id, blocked_id AS other_id FROM user_blocks WHERE blocker_id = ANY($1::uuid[])
         UNION SELECT blocked_id, blocker_id FROM user_blocks WHERE blocked_id = ANY($1::uuid[])) b GROUP BY user_id`,
      [userIds],
    );
    return new Map(rows.map((row) => [row.user_id, row.others]));
  }

  /** Those of the pairs between whom nothing can be sent: one has blocked the other, or is not active any more. */
  async parted(pairs: Pair[]): Promise<Pair[]> {
    const rows = await this.db.prepared<{ one: string; other: string }>(
      'blocks parted',
      `SELECT p.one, p.other FROM unnest($1::uuid[], $2::uuid[]) AS p (one, other)
       WHERE EXISTS (SELECT FROM users u WHERE u.id IN (p.one, p.other) AND NOT u.is_active)
          OR EXISTS (SELECT FROM user_blocks b WHERE b.blocker_id = p.one AND b.blocked_id = p.other)
          OR EXISTS (SELECT FROM user_blocks b WHERE b.blocker_id = p.other AND b.blocked_id = p.one)`,
      [pairs.map(([one]) => one), pairs.map(([, other]) => other)],
    );
    return rows.map(({ one, other }) => [one, other]);
  }
}
