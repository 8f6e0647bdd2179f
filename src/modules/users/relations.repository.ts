import { Injectable } from '@nestjs/common';
import { arrayOf, ofAnyLength } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import type { Relation } from 'src/modules/users/privacy.policy';

/** How users stand to each other. */
@Injectable()
export class RelationsRepository {
  constructor(private readonly db: Database) {}

  /** How a user stands to each of the others, who own what he asks for; in one statement. */
  async of(userId: string, otherIds: string[]): Promise<Map<string, Relation>> {
    const rows = await this.db.prepared<Relation & { id: string }>(
      'relations of',
      `SELECT o.id, EXISTS (SELECT FROM user_blocks b
           WHERE (b.blocker_id = $1 AND b.blocked_id = o.id) OR (b.blocker_id = o.id AND b.blocked_id = $1)) AS blocked,
         EXISTS (SELECT FROM acquaintances a WHERE a.user_id = $1 AND a.other_id = o.id) AS acquainted,
         EXISTS (SELECT FROM contacts k WHERE k.user_id = o.id AND k.contact_id = $1) AS contact
       FROM unnest(${ofAnyLength('$2', 'uuid')}) AS o (id)`,
      [userId, arrayOf(otherIds)],
    );
    return new Map(rows.map(({ id, ...relation }) => [id, relation]));
  }

  /** Those of the owners who have the user as a contact. */
  async havingAsContact(userId: string, ownerIds: string[]): Promise<Set<string>> {
    const sql = 'SELECT user_id AS id FROM contacts WHERE contact_id = $1 AND user_id = ANY($2::uuid[])';
    return new Set((await this.db.query<{ id: string }>(sql, [userId, ownerIds])).map(({ id }) => id));
  }

  /** The contacts of each of the users. */
  async contactsOf(userIds: string[]): Promise<Map<string, string[]>> {
    const rows = await this.db.query<{ user_id: string; ids: string[] }>(
      `SELECT user_id, array_agg(contact_id::text) AS ids FROM contacts WHERE user_id = ANY($1::uuid[]) GROUP BY user_id`,
      [userIds],
    );
    return new Map(rows.map(({ user_id, ids }) => [user_id, ids]));
  }
}
