import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { User } from 'src/modules/users/users.entities';

export interface FoundRow extends Pick<User, 'id' | 'username' | 'displayName' | 'avatarUrl'> {
  /** How well he fits: 0 the very username, 1 the beginning of a name, 2 a name that is alike. */
  rank: number;
}

/** Where a page ended; usernames are unique. */
export interface FoundPlace {
  rank: number;
  username: string;
}

/** As `ix_users_search` has it. */
const NAMES = `lower(u.username || ' ' || coalesce(u.display_name, ''))`;

/** $1 viewer, $2 what is searched, $3 tenant, $4 the same as the pattern of a beginning, $5 $6 place, $7 limit. */
export const SEARCH = `
  SELECT * FROM (
    SELECT u.id, u.username, u.display_name AS "displayName", u.avatar_url AS "avatarUrl",
      CASE WHEN u.username = $2 THEN 0 WHEN ' ' || ${NAMES} LIKE '% ' || $4 THEN 1 ELSE 2 END AS rank
    FROM users u
    WHERE (${NAMES} LIKE $4 OR ${NAMES} LIKE '% ' || $4 OR $2 <% ${NAMES})
      AND u.tenant_id = $3 AND u.is_active AND u.id <> $1
      AND NOT EXISTS (SELECT FROM user_blocks b WHERE b.blocker_id = $1 AND b.blocked_id = u.id)
      AND NOT EXISTS (SELECT FROM user_blocks b WHERE b.blocker_id = u.id AND b.blocked_id = $1)
      AND (u.findable_by = 'everyone' OR (u.findable_by = 'contacts'
        AND EXISTS (SELECT FROM contacts k WHERE k.user_id = u.id AND k.contact_id = $1)))
  ) found
  WHERE $5::int IS NULL OR (rank, username) > ($5, $6::text)
  ORDER BY rank, username LIMIT $7`;

/** A pattern of LIKE for what begins with the words, whatever they contain. */
export const startOf = (words: string): string => `${words.replace(/[\\%_]/g, '\\$&')}%`;

/** Finds people by their names. */
@Injectable()
export class SearchRepository {
  constructor(private readonly db: Database) {}

  /** Up to `limit` of those whom the viewer may find, best first, from behind a place. */
  find(viewerId: string, words: string, behind: FoundPlace | undefined, limit: number): Promise<FoundRow[]> {
    return this.db.query(SEARCH, searchParameters(viewerId, words, behind, limit));
  }
}

export const searchParameters = (viewerId: string, words: string, behind: FoundPlace | undefined, limit: number) => [
  viewerId,
  words,
  currentContext().tenantId,
  startOf(words),
  behind?.rank ?? null,
  behind?.username ?? null,
  limit,
];
