import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { HistoryQuery } from 'src/modules/calls/calls.dto';

export interface StatsRow {
  total_calls: number;
  total_video_calls: number;
  total_audio_calls: number;
  total_duration: number;
  answered_calls: number;
  missed_calls: number;
  declined_calls: number;
}

export type Filter = Omit<HistoryQuery, 'limit' | 'cursor'>;

/** What a user has called and been called. */
@Injectable()
export class HistoryRepository {
  constructor(private readonly db: Database) {}

  /** The ids of up to `limit` of the user's calls, newest first, from below a place. */
  async ids(userId: string, filter: Filter, below: number | undefined, limit: number): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT c.id FROM call_participants me JOIN video_calls c ON c.id = me.call_id
       WHERE me.user_id = $1 AND ($2::bigint IS NULL OR me.call_id < $2)
         AND ($4::text IS NULL OR c.call_type = $4) AND ($5::text IS NULL OR c.status = $5)
         AND ($6::text IS NULL OR ($6 = 'outgoing') = (c.initiated_by = me.user_id))
         AND ($7::boolean IS NULL OR $7 = (me.status IN ('missed', 'busy')))
         AND ($8::bigint IS NULL OR c.chat_id = $8)
         AND ($9::timestamptz IS NULL OR c.started_at >= $9) AND ($10::timestamptz IS NULL OR c.started_at < $10)
       ORDER BY me.call_id DESC LIMIT $3`,
      [
        userId,
        below ?? null,
        limit,
        filter.call_type ?? null,
        filter.status ?? null,
        filter.direction ?? null,
        filter.missed ?? null,
        filter.chat_id ?? null,
        filter.start_time ?? null,
        filter.end_time ?? null,
      ],
    );
    return rows.map(({ id }) => id);
  }

  /** The ids of the calls that are going on with a part for the user, newest first. */
  async activeIds(userId: string): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `SELECT c.id FROM call_participants me JOIN video_calls c ON c.id = me.call_id
       WHERE me.user_id = $1 AND c.status IN ('initiated', 'ringing', 'ongoing') ORDER BY c.id DESC`,
      [userId],
    );
    return rows.map(({ id }) => id);
  }

  async stats(userId: string, days: number): Promise<StatsRow> {
    const [row] = await this.db.query<StatsRow>(
      `SELECT count(*)::int AS total_calls,
         count(*) FILTER (WHERE c.call_type = 'video')::int AS total_video_calls,
         count(*) FILTER (WHERE c.call_type = 'audio')::int AS total_audio_calls,
         coalesce(sum(c.duration) FILTER (WHERE took_part), 0)::int AS total_duration,
         count(*) FILTER (WHERE took_part)::int AS answered_calls,
         count(*) FILTER (WHERE me.status IN ('missed', 'busy'))::int AS missed_calls,
         count(*) FILTER (WHERE me.status = 'declined' OR (outgoing AND c.status = 'declined'))::int AS declined_calls
       FROM call_participants me JOIN video_calls c ON c.id = me.call_id,
         LATERAL (SELECT c.answered_at IS NOT NULL AND me.joined_at IS NOT NULL AS took_part,
           c.initiated_by = me.user_id AS outgoing) own
       WHERE me.user_id = $1 AND c.started_at > now() - $2 * interval '1 day'`,
      [userId, days],
    );
    return row!;
  }
}
