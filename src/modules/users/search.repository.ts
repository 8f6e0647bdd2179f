import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { namesQuery } from 'src/modules/users/name-terms';
import type { User } from 'src/modules/users/users.entities';

export interface FoundRow extends Pick<User, 'id' | 'username' | 'displayName' | 'avatarUrl'> {
  /** How well he fits: 0 the very username, 1 by beginnings of words, 2 words that are alike. */
  rank: number;
}

/** Where a page ended; usernames are unique. */
export interface FoundPlace {
  rank: number;
  username: string;
}

/** $1 viewer, $2 username, $3 tenant, $4 and $8 beginnings and what is alike, $5 $6 place, $7 limit. */
export const SEARCH = `
  SELECT * FROM (
    SELECT u.id, u.username, u.display_name AS "displayName", u.avatar_url AS "avatarUrl",
      CASE WHEN u.username = $2 THEN 0 WHEN u.terms @@ $4::tsquery THEN 1 ELSE 2 END AS rank
    FROM users u
    WHERE (u.terms @@ $8::tsquery OR (u.tenant_id = $3 AND u.username = $2))
      AND u.tenant_id = $3 AND u.is_active AND u.id <> $1
      AND NOT EXISTS (SELECT FROM user_blocks b WHERE b.blocker_id = $1 AND b.blocked_id = u.id)
      AND NOT EXISTS (SELECT FROM user_blocks b WHERE b.blocker_id = u.id AND b.blocked_id = $1)
      AND (u.findable_by = 'everyone' OR (u.findable_by = 'contacts'
        AND EXISTS (SELECT FROM contacts k WHERE k.user_id = u.id AND k.contact_id = $1)))
  ) found
  WHERE $5::int IS NULL OR (rank, username) > ($5, $6::text)
  ORDER BY rank, username LIMIT $7`;

/** Finds people by their names. */
@Injectable()
export class SearchRepository {
  constructor(private readonly db: Database) {}

  /** Up to `limit` of those whom the viewer may find, best first, from behind a place. */
  find(viewerId: string, asked: string, behind: FoundPlace | undefined, limit: number): Promise<FoundRow[]> {
    return this.db.query(SEARCH, searchParameters(viewerId, asked, behind, limit));
  }
}

export function searchParameters(viewerId: string, asked: string, behind: FoundPlace | undefined, limit: number) {
  const { username, beginning, alike } = namesQuery(asked);
  const { tenantId } = currentContext();
  return [viewerId, username, tenantId, beginning, behind?.rank ?? null, behind?.username ?? null, limit, alike];
}
