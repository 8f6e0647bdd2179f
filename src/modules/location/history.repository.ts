import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Span } from 'src/modules/location/history.dto';
import type { LocationRow } from 'src/modules/location/location.dto';

/** A place in the order of a history. */
export interface After {
  at: string;
  id: number;
}

/** What of their positions people have kept. */
@Injectable()
export class HistoryRepository {
  constructor(private readonly db: Database) {}

  /** Up to `limit` of a user's points of a span, oldest first, from after a place. */
  page(userId: string, { from, to }: Span, after: After | undefined, limit: number): Promise<LocationRow[]> {
    return this.db.query(
      `SELECT *, true AS is_kept FROM user_locations
       WHERE user_id = $1 AND recorded_at >= coalesce($2, '-infinity'::timestamptz) AND recorded_at < coalesce($3, 'infinity'::timestamptz)
         AND ($4::timestamptz IS NULL OR (recorded_at >= $4 AND (recorded_at, id) > ($4, $5::bigint)))
       ORDER BY recorded_at, id LIMIT $6`,
      [userId, from, to, after?.at ?? null, after?.id ?? null, limit],
    );
  }
}
