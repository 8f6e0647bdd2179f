import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { After } from 'src/modules/location/history.cursors';
import type { Span } from 'src/modules/location/history.dto';
import type { LocationRow } from 'src/modules/location/location.dto';

/** What of their positions people have kept. */
@Injectable()
export class HistoryRepository {
  constructor(private readonly db: Database) {}

  /** Up to `limit` of a user's points of a span, oldest first, from after a place. */
  page(userId: string, { from, to }: Span, after: After | undefined, limit: number): Promise<LocationRow[]> {
    const at = after?.at ?? '-infinity';
    // the later of both, so that the index is read from there on, whatever the plan
    const start = from && (!after || from.getTime() > Date.parse(after.at)) ? from : at;
    const values = [userId, start, to ?? 'infinity', at, after?.id ?? 0, limit];
    return this.db.prepared('location history', PAGE, values);
  }
}

const PAGE = `
  SELECT id, user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, battery, activity, source, flags, recorded_at,
    created_at, true AS is_kept
  FROM user_locations WHERE user_id = $1 AND recorded_at >= $2 AND recorded_at < $3 AND (recorded_at, id) > ($4, $5::bigint)
  ORDER BY recorded_at, id LIMIT $6`;
