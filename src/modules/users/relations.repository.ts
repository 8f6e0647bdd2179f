import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Relation } from 'src/modules/users/privacy.policy';

/** How users stand to each other. */
@Injectable()
export class RelationsRepository {
  constructor(private readonly db: Database) {}

  /** How a user stands to each of the others, in one statement. */
  async of(userId: string, otherIds: string[]): Promise<Map<string, Relation>> {
    const rows = await this.db.query<Relation & { id: string }>(
      `SELECT o.id, EXISTS (SELECT FROM user_blocks b
           WHERE (b.blocker_id = $1 AND b.blocked_id = o.id) OR (b.blocker_id = o.id AND b.blocked_id = $1)) AS blocked,
         EXISTS (SELECT FROM acquaintances a WHERE a.user_id = $1 AND a.other_id = o.id) AS acquainted
       FROM unnest($2::uuid[]) AS o (id)`,
      [userId, otherIds],
    );
    return new Map(rows.map(({ id, ...relation }) => [id, relation]));
  }
}
