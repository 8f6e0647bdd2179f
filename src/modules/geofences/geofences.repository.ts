import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import type { GeofenceEvent, StoredFix } from 'src/modules/geofences/geofences.entities';
import { boxAround } from 'src/modules/geofences/watch';
import type { Box } from 'src/modules/geofences/boxes';
import type { Ring } from 'src/modules/geofences/polygons';
import type { Crossing, Evidence, FenceState, Fix, Pending } from 'src/modules/geofences/geofences.matcher';

export interface GeofenceRow {
  id: number;
  user_id: string;
  name: string;
  description: string | null;
  center_latitude: number;
  center_longitude: number;
  radius_meters: number;
  boundary: Ring[] | null;
  notify_on_entry: boolean;
  notify_on_exit: boolean;
  notify_on_dwell: boolean;
  dwell_seconds: number | null;
  cooldown_seconds: number;
  expires_at: Date | null;
  is_active: boolean;
  created_at: Date;
  updated_at: Date;
  side: FenceState['side'];
  since: Date | null;
  evidence: Evidence[];
  dwelled: boolean;
  fix_at: Date | null;
  pending: Pending | null;
}

/** The fence as the code calls what can be said of it. */
export const fenceOf = (row: GeofenceRow): Fence => ({
  name: row.name,
  description: row.description,
  centerLatitude: row.center_latitude,
  centerLongitude: row.center_longitude,
  radiusMeters: row.radius_meters,
  boundary: row.boundary,
  notifyOnEntry: row.notify_on_entry,
  notifyOnExit: row.notify_on_exit,
  notifyOnDwell: row.notify_on_dwell,
  dwellSeconds: row.dwell_seconds,
  cooldownSeconds: row.cooldown_seconds,
  expiresAt: row.expires_at,
  isActive: row.is_active,
});

export const stateOf = (row: GeofenceRow): FenceState => ({
  side: row.side,
  since: row.since && row.since.getTime(),
  evidence: row.evidence,
  dwelled: row.dwelled,
  fixAt: row.fix_at,
  pending: row.pending,
});

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
  user_id: string;
  geofence_id: number;
  geofence_name: string;
  silenced: GeofenceEvent['silenced'];
  created_at: Date;
  /** Whether the owner is to be told, as the fence is now. */
  notify: boolean;
}

export type NewEvent = Omit<EventRow, 'id' | 'geofence_name' | 'created_at' | 'notify'>;

const ROW = `
  SELECT a.*, s.side, s.since, s.evidence, s.dwelled, s.fix_at, s.pending
  FROM geofence_areas a JOIN geofence_states s ON s.geofence_id = a.id`;

const EVENT = `
  SELECT e.*, a.name AS geofence_name, e.silenced IS NULL AND CASE e.event_type
    WHEN 'entry' THEN a.notify_on_entry WHEN 'exit' THEN a.notify_on_exit ELSE a.notify_on_dwell END AS notify
  FROM geofence_events e JOIN geofence_areas a ON a.id = e.geofence_id`;

/** Fences, the states of their owners, and crossings. */
@Injectable()
export class GeofencesRepository {
  constructor(private readonly db: Database) {}

  /** Locks all that is known of the user's fences; gives how far his fixes have been followed, or undefined if he never had a fence. */
  async lock(userId: string): Promise<Cursor | undefined> {
    const sql = 'SELECT fix_at, last_fix FROM geofence_cursors WHERE user_id = $1 FOR UPDATE';
    const [row] = await this.db.query<{ fix_at: Date | null; last_fix: StoredFix | null }>(sql, [userId]);
    return row && { fixAt: row.fix_at, last: row.last_fix ? fromStored(row.last_fix) : undefined };
  }

  /** The same for a user who is about to have his first fence, perhaps. */
  async lockOrBegin(userId: string): Promise<Cursor> {
    const sql = `INSERT INTO geofence_cursors (user_id) VALUES ($1) ON CONFLICT DO NOTHING`;
    await this.db.query(sql, [userId]);
    return (await this.lock(userId))!;
  }

  /** Fixes up to this one are done with. */
  async followed(userId: string, last: Fix): Promise<void> {
    const sql = 'UPDATE geofence_cursors SET fix_at = $2, last_fix = $3 WHERE user_id = $1';
    await this.db.query(sql, [userId, last.recordedAt, JSON.stringify(toStored(last))]);
  }

  /** Nobody follows the user any more: where he was last is forgotten. */
  async forgetLast(userId: string): Promise<void> {
    await this.db.query('UPDATE geofence_cursors SET last_fix = NULL WHERE user_id = $1', [userId]);
  }

  async insert(userId: string, fence: Fence): Promise<number> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO geofence_areas (user_id, ${COLUMNS.join(', ')})
       VALUES ($1, ${COLUMNS.map((_, index) => `$${index + 2}`).join(', ')}) RETURNING id`,
      [userId, ...valuesOf(fence)],
    );
    return row!.id;
  }

  async update(id: number, fence: Fence): Promise<void> {
    await this.db.query(
      `UPDATE geofence_areas SET ${COLUMNS.map((name, index) => `${name} = $${index + 2}`).join(', ')}, updated_at = now()
       WHERE id = $1`,
      [id, ...valuesOf(fence)],
    );
  }

  async remove(id: number): Promise<void> {
    await this.db.query('DELETE FROM geofence_areas WHERE id = $1', [id]);
  }

  async count(userId: string): Promise<number> {
    const sql = 'SELECT count(*)::int AS n FROM geofence_areas WHERE user_id = $1';
    return (await this.db.query<{ n: number }>(sql, [userId]))[0]!.n;
  }

  async ofUser(userId: string, id: number): Promise<GeofenceRow | undefined> {
    return (await this.db.query<GeofenceRow>(`${ROW} WHERE a.user_id = $1 AND a.id = $2`, [userId, id]))[0];
  }

  /** Up to `limit` of the user's fences, newest first, from below an id. */
  list(userId: string, limit: number, below: number | null): Promise<GeofenceRow[]> {
    return this.db.query(
      `${ROW} WHERE a.user_id = $1 AND ($3::bigint IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $2`,
      [userId, limit, below],
    );
  }

  /**
   * The user's fences that are watched from a moment on and that a way within a box can matter to: those that the box touches, and
   * those of which it is not certain that he is outside. To the others such a way brings nothing new.
   */
  active(userId: string, from: Date, { west, south, east, north }: Box): Promise<GeofenceRow[]> {
    return this.db.query(
      `${ROW} WHERE a.user_id = $1 AND a.is_active AND (a.expires_at IS NULL OR a.expires_at > $2)
         AND (s.side <> 'outside' OR s.pending IS NOT NULL OR (a.south <= $6 AND a.north >= $4
           AND ((a.west <= $5 AND a.east >= $3) OR (a.west <= $5::float8 + 360 AND a.east >= $3::float8 + 360)
             OR (a.west <= $5::float8 - 360 AND a.east >= $3::float8 - 360))))
       ORDER BY a.id`,
      [userId, from, west, south, east, north],
    );
  }

  async saveStates(states: { geofenceId: number; state: FenceState }[]): Promise<void> {
    const column = <T>(of: (state: FenceState) => T) => states.map(({ state }) => of(state));
    await this.db.query(
      `INSERT INTO geofence_states (geofence_id, side, fix_at, since, evidence, dwelled, pending)
       SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::jsonb[], $6::boolean[], $7::jsonb[])
       ON CONFLICT (geofence_id) DO UPDATE SET side = excluded.side, fix_at = excluded.fix_at, since = excluded.since,
         evidence = excluded.evidence, dwelled = excluded.dwelled, pending = excluded.pending`,
      [
        states.map(({ geofenceId }) => geofenceId),
        column(({ side }) => side),
        column(({ fixAt }) => fixAt),
        column(({ since }) => (since === null ? null : new Date(since))),
        column(({ evidence }) => JSON.stringify(evidence)),
        column(({ dwelled }) => dwelled),
        column(({ pending }) => pending && JSON.stringify(pending)),
      ],
    );
  }

  /** Stores the crossings under ascending ids, in the order given; leaves out what is stored already. */
  async insertEvents(events: NewEvent[]): Promise<{ id: number; geofence_id: number; user_id: string }[]> {
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

  /** When the owner was last told of each of the fences and types; those of which he never was are left out. */
  lastTold(ids: number[]): Promise<{ geofence_id: number; event_type: Crossing['type']; at: Date }[]> {
    return this.db.query(
      `SELECT geofence_id, event_type, max(recorded_at) AS at FROM geofence_events
       WHERE geofence_id = ANY($1) AND silenced IS NULL GROUP BY geofence_id, event_type`,
      [ids],
    );
  }

  /** In the order in which they happened. */
  eventsByIds(ids: number[]): Promise<EventRow[]> {
    return this.db.query(`${EVENT} WHERE e.id = ANY($1) ORDER BY e.id`, [ids]);
  }

  /** Up to `limit` of the user's crossings, newest first, from below an id; of one fence, one type, or a span of time if given. */
  events(
    userId: string,
    limit: number,
    { below, geofenceId, eventType, from, until }: EventFilter,
  ): Promise<EventRow[]> {
    return this.db.query(
      `${EVENT} WHERE e.user_id = $1 AND ($3::bigint IS NULL OR e.id < $3) AND ($4::bigint IS NULL OR e.geofence_id = $4)
         AND ($5::text IS NULL OR e.event_type = $5) AND ($6::timestamptz IS NULL OR e.recorded_at >= $6)
         AND ($7::timestamptz IS NULL OR e.recorded_at < $7)
       ORDER BY e.id DESC LIMIT $2`,
      [userId, limit, below, geofenceId, eventType, from, until],
    );
  }
}

export interface EventFilter {
  below?: number | undefined;
  geofenceId?: number | undefined;
  eventType?: Crossing['type'] | undefined;
  from?: Date | undefined;
  until?: Date | undefined;
}

/** How far a user's fixes have been followed, and the last of them. */
export interface Cursor {
  fixAt: Date | null;
  last: Fix | undefined;
}

const toStored = ({ recordedAt, ...fix }: Fix): StoredFix => ({ ...fix, at: recordedAt.getTime() });
const fromStored = ({ at, ...fix }: StoredFix): Fix => ({ ...fix, recordedAt: new Date(at) });

const COLUMNS = [
  'name',
  'description',
  'center_latitude',
  'center_longitude',
  'radius_meters',
  'boundary',
  'west',
  'south',
  'east',
  'north',
  'notify_on_entry',
  'notify_on_exit',
  'notify_on_dwell',
  'dwell_seconds',
  'cooldown_seconds',
  'expires_at',
  'is_active',
];

const valuesOf = (fence: Fence, { west, south, east, north } = boxAround(fence)) => [
  fence.name,
  fence.description,
  fence.centerLatitude,
  fence.centerLongitude,
  fence.radiusMeters,
  fence.boundary && JSON.stringify(fence.boundary),
  west,
  south,
  east,
  north,
  fence.notifyOnEntry,
  fence.notifyOnExit,
  fence.notifyOnDwell,
  fence.dwellSeconds,
  fence.cooldownSeconds,
  fence.expiresAt,
  fence.isActive,
];

const EVENT_COLUMNS: [keyof NewEvent, string][] = [
  ['user_id', 'uuid'],
  ['geofence_id', 'bigint'],
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
