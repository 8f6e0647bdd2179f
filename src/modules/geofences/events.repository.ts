import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { GeofenceEvent, WatchState } from 'src/modules/geofences/geofences.entities';
import type { Crossing, Evidence } from 'src/modules/geofences/geofences.matcher';
import type { Sight } from 'src/modules/location/sights.service';

/** What a crossing is, wherever it was found. */
export interface CrossingRow {
  event_type: Crossing['type'];
  latitude: number;
  longitude: number;
  accuracy: number | null;
  distance_meters: number;
  border_meters: number;
  reason: Crossing['reason'];
  confidence: number;
  evidence: Evidence[];
  location_id: number;
  first_location_id: number;
  recorded_at: Date;
  crossed_at: Date;
}

export interface EventRow extends CrossingRow {
  id: number;
  /** Who crossed. */
  user_id: string;
  geofence_id: number;
  geofence_name: string;
  owner_id: string;
  subject_id: string | null;
  chat_id: number | null;
  share_id: number | null;
  precision: Sight['precision'] | null;
  watch_state: WatchState | null;
  silenced: GeofenceEvent['silenced'];
  created_at: Date;
  /** Whether the owner is to be told, as the fence is now. */
  notify: boolean;
}

export type NewEvent = CrossingRow & Pick<EventRow, 'user_id' | 'geofence_id' | 'silenced' | 'share_id' | 'precision'>;

const EVENT = `
  SELECT e.*, a.name AS geofence_name, a.user_id AS owner_id, a.subject_id, a.chat_id, w.state AS watch_state, e.silenced IS NULL AND CASE e.event_type
    WHEN 'entry' THEN a.notify_on_entry WHEN 'exit' THEN a.notify_on_exit ELSE a.notify_on_dwell END AS notify
  FROM geofence_events e JOIN geofence_areas a ON a.id = e.geofence_id
    LEFT JOIN geofence_watches w ON w.geofence_id = a.id AND w.user_id = e.user_id`;

/** What is asked for of events `e`, by $3–$8 of `list`. */
const FILTER = `($3::bigint IS NULL OR e.id < $3) AND ($4::bigint IS NULL OR e.geofence_id = $4)
  AND ($5::text IS NULL OR e.event_type = $5) AND ($6::timestamptz IS NULL OR e.recorded_at >= $6)
  AND ($7::timestamptz IS NULL OR e.recorded_at < $7) AND ($8::uuid IS NULL OR e.user_id = $8)`;

const EVENT_COLUMNS: [keyof NewEvent, string][] = [
  ['user_id', 'uuid'],
  ['geofence_id', 'bigint'],
  ['share_id', 'bigint'],
  ['precision', 'text'],
  ['event_type', 'text'],
  ['latitude', 'float8'],
  ['longitude', 'float8'],
  ['accuracy', 'float8'],
  ['distance_meters', 'float8'],
  ['border_meters', 'float8'],
  ['reason', 'text'],
  ['confidence', 'float8'],
  ['evidence', 'jsonb'],
  ['silenced', 'text'],
  ['location_id', 'bigint'],
  ['first_location_id', 'bigint'],
  ['recorded_at', 'timestamptz'],
  ['crossed_at', 'timestamptz'],
];

/** Crossings, as they were found. */
@Injectable()
export class EventsRepository {
  constructor(private readonly db: Database) {}

  /** Stores the crossings under ascending ids, in the order given; leaves out what is stored already. */
  async insert(events: NewEvent[]): Promise<{ id: number; geofence_id: number; user_id: string }[]> {
    return this.db.query(
      `INSERT INTO geofence_events (${EVENT_COLUMNS.map(([name]) => name).join(', ')})
       SELECT ${EVENT_COLUMNS.map(([name]) => name).join(', ')}
       FROM unnest(${EVENT_COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) WITH ORDINALITY
         AS e (${EVENT_COLUMNS.map(([name]) => name).join(', ')}, place)
       ORDER BY place ON CONFLICT DO NOTHING RETURNING id, geofence_id, user_id`,
      EVENT_COLUMNS.map(([name, type]) =>
        events.map((event) => (type === 'jsonb' ? JSON.stringify(event[name]) : event[name])),
      ),
    );
  }

  /** When a crossing of the user's was last told of, for each of the fences and types; those of which none was are left out. */
  lastTold(userId: string, ids: number[]): Promise<{ geofence_id: number; event_type: Crossing['type']; at: Date }[]> {
    return this.db.query(
      `SELECT geofence_id, event_type, max(recorded_at) AS at FROM geofence_events
       WHERE geofence_id = ANY($1) AND user_id = $2 AND silenced IS NULL GROUP BY geofence_id, event_type`,
      [ids, userId],
    );
  }

  /** In the order in which they happened. */
  byIds(ids: number[]): Promise<EventRow[]> {
    return this.db.query(`${EVENT} WHERE e.id = ANY($1) ORDER BY e.id`, [ids]);
  }

  /**
   * Up to `limit` crossings, newest first, from below an id: the user's own, those at fences that he has drawn, and those at fences
   * of his chats; of one fence, one person, one type, or a span of time if given. Whether he may see others' is not asked here.
   */
  list(
    userId: string,
    limit: number,
    { below, geofenceId, subjectId, eventType, from, until }: EventFilter,
  ): Promise<EventRow[]> {
    return this.db.query(
      `WITH mine AS (
         SELECT id FROM geofence_events e WHERE e.user_id = $1 AND ${FILTER} ORDER BY id DESC LIMIT $2
       ), others AS (
         SELECT id FROM geofence_events e WHERE e.geofence_id IN (
           SELECT a.id FROM geofence_areas a WHERE a.user_id = $1 AND a.subject_id IS NOT NULL
           UNION ALL SELECT a.id FROM chat_participants p JOIN geofence_areas a ON a.chat_id = p.chat_id
             WHERE p.user_id = $1 AND p.left_at IS NULL) AND ${FILTER} ORDER BY id DESC LIMIT $2)
       ${EVENT} WHERE e.id IN (SELECT id FROM mine UNION SELECT id FROM others) ORDER BY e.id DESC LIMIT $2`,
      [userId, limit, below, geofenceId, eventType, from, until, subjectId],
    );
  }

  /** Deletes up to `limit` of the user's events of a span (its start included, its end not); gives how many. */
  forgetSpan(userId: string, from: Date | null, to: Date, limit: number): Promise<number> {
    const span = `user_id = $1 AND recorded_at >= coalesce($2, '-infinity'::timestamptz) AND recorded_at < $3`;
    return this.forget(`SELECT id FROM geofence_events WHERE ${span} LIMIT $4`, [userId, from, to, limit]);
  }

  /** Deletes up to `limit` events that are older than so many days; gives how many. */
  forgetOld(days: number, limit: number): Promise<number> {
    const sql =
      'SELECT id FROM geofence_events WHERE recorded_at < now() - make_interval(days => $1) ORDER BY recorded_at LIMIT $2';
    return this.forget(sql, [days, limit]);
  }

  /** The same of those whose users keep their history for less than so many days. */
  forgetOutlived(days: number, limit: number): Promise<number> {
    return this.forget(
      `SELECT e.id FROM location_settings s JOIN geofence_events e ON e.user_id = s.user_id
         AND e.recorded_at < now() - make_interval(days => s.history_days)
       WHERE s.history = 'days' AND s.history_days < $1 LIMIT $2`,
      [days, limit],
    );
  }

  private async forget(ids: string, values: unknown[]): Promise<number> {
    return (await this.db.query(`DELETE FROM geofence_events WHERE id IN (${ids}) RETURNING 1`, values)).length;
  }
}

export interface EventFilter {
  below?: number | undefined;
  geofenceId?: number | undefined;
  subjectId?: string | undefined;
  eventType?: Crossing['type'] | undefined;
  from?: Date | undefined;
  until?: Date | undefined;
}
