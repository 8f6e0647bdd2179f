import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import type { FenceState } from 'src/modules/geofences/geofences.matcher';

export interface GeofenceRow {
  id: number;
  user_id: string;
  name: string;
  center_latitude: number;
  center_longitude: number;
  radius_meters: number;
  notify_on_entry: boolean;
  notify_on_exit: boolean;
  is_active: boolean;
  created_at: Date;
  updated_at: Date;
  side: FenceState['side'];
  fix_at: Date | null;
  pending_since: Date | null;
  pending_location_id: number | null;
  pending_fixes: number | null;
}

/** The fence as the code calls what can be said of it. */
export const fenceOf = (row: GeofenceRow): Fence => ({
  name: row.name,
  centerLatitude: row.center_latitude,
  centerLongitude: row.center_longitude,
  radiusMeters: row.radius_meters,
  notifyOnEntry: row.notify_on_entry,
  notifyOnExit: row.notify_on_exit,
  isActive: row.is_active,
});

export interface EventRow {
  id: number;
  user_id: string;
  geofence_id: number;
  geofence_name: string;
  event_type: 'entry' | 'exit';
  latitude: number;
  longitude: number;
  accuracy: number | null;
  distance_meters: number;
  location_id: number;
  first_location_id: number;
  recorded_at: Date;
  crossed_at: Date;
  created_at: Date;
  /** Whether the owner wants to be told of such, as the fence is now. */
  notify: boolean;
}

export type NewEvent = Omit<EventRow, 'id' | 'geofence_name' | 'created_at' | 'notify'>;

const ROW = `
  SELECT a.*, s.side, s.fix_at, s.pending_since, s.pending_location_id, s.pending_fixes
  FROM geofence_areas a JOIN geofence_states s ON s.geofence_id = a.id`;

const EVENT = `
  SELECT e.*, a.name AS geofence_name, CASE e.event_type WHEN 'entry' THEN a.notify_on_entry ELSE a.notify_on_exit END AS notify
  FROM geofence_events e JOIN geofence_areas a ON a.id = e.geofence_id`;

/** Fences, the states of their owners, and crossings. */
@Injectable()
export class GeofencesRepository {
  constructor(private readonly db: Database) {}

  /** Locks all that is known of the user's fences; gives how far his fixes have been followed, or undefined if he never had a fence. */
  async lock(userId: string): Promise<{ fixAt: Date | null } | undefined> {
    const sql = 'SELECT fix_at AS "fixAt" FROM geofence_cursors WHERE user_id = $1 FOR UPDATE';
    return (await this.db.query<{ fixAt: Date | null }>(sql, [userId]))[0];
  }

  /** The same for a user who is about to have his first fence, perhaps. */
  async lockOrBegin(userId: string): Promise<{ fixAt: Date | null }> {
    const sql = `INSERT INTO geofence_cursors (user_id) VALUES ($1) ON CONFLICT DO NOTHING`;
    await this.db.query(sql, [userId]);
    return (await this.lock(userId))!;
  }

  /** Fixes up to the moment are done with. */
  async followed(userId: string, moment: Date): Promise<void> {
    await this.db.query('UPDATE geofence_cursors SET fix_at = $2 WHERE user_id = $1', [userId, moment]);
  }

  async insert(userId: string, fence: Fence): Promise<number> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO geofence_areas
         (user_id, name, center_latitude, center_longitude, radius_meters, notify_on_entry, notify_on_exit, is_active)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
      [userId, ...columnsOf(fence)],
    );
    return row!.id;
  }

  async update(id: number, fence: Fence): Promise<void> {
    await this.db.query(
      `UPDATE geofence_areas SET name = $2, center_latitude = $3, center_longitude = $4, radius_meters = $5,
         notify_on_entry = $6, notify_on_exit = $7, is_active = $8, updated_at = now() WHERE id = $1`,
      [id, ...columnsOf(fence)],
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

  /** The user's fences that are watched. */
  active(userId: string): Promise<GeofenceRow[]> {
    return this.db.query(`${ROW} WHERE a.user_id = $1 AND a.is_active ORDER BY a.id`, [userId]);
  }

  async saveStates(states: { geofenceId: number; state: FenceState }[]): Promise<void> {
    const column = <T>(of: (state: FenceState) => T) => states.map(({ state }) => of(state));
    await this.db.query(
      `INSERT INTO geofence_states (geofence_id, side, fix_at, pending_since, pending_location_id, pending_fixes)
       SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::int[])
       ON CONFLICT (geofence_id) DO UPDATE SET side = excluded.side, fix_at = excluded.fix_at,
         pending_since = excluded.pending_since, pending_location_id = excluded.pending_location_id,
         pending_fixes = excluded.pending_fixes`,
      [
        states.map(({ geofenceId }) => geofenceId),
        column(({ side }) => side),
        column(({ fixAt }) => fixAt),
        column(({ pending }) => pending?.since ?? null),
        column(({ pending }) => pending?.locationId ?? null),
        column(({ pending }) => pending?.fixes ?? null),
      ],
    );
  }

  /** Stores the crossings under ascending ids, in the order given. */
  async insertEvents(events: NewEvent[]): Promise<{ id: number; geofence_id: number; user_id: string }[]> {
    const column = <K extends keyof NewEvent>(key: K) => events.map((event) => event[key]);
    return this.db.query(
      `INSERT INTO geofence_events (user_id, geofence_id, event_type, latitude, longitude, accuracy, distance_meters,
         location_id, first_location_id, recorded_at, crossed_at)
       SELECT user_id, geofence_id, event_type, latitude, longitude, accuracy, distance_meters, location_id, first_location_id,
         recorded_at, crossed_at
       FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::bigint[],
         $9::bigint[], $10::timestamptz[], $11::timestamptz[]) WITH ORDINALITY
         AS e (user_id, geofence_id, event_type, latitude, longitude, accuracy, distance_meters, location_id, first_location_id,
           recorded_at, crossed_at, place)
       ORDER BY place RETURNING id, geofence_id, user_id`,
      [
        column('user_id'),
        column('geofence_id'),
        column('event_type'),
        column('latitude'),
        column('longitude'),
        column('accuracy'),
        column('distance_meters'),
        column('location_id'),
        column('first_location_id'),
        column('recorded_at'),
        column('crossed_at'),
      ],
    );
  }

  /** In the order in which they happened. */
  eventsByIds(ids: number[]): Promise<EventRow[]> {
    return this.db.query(`${EVENT} WHERE e.id = ANY($1) ORDER BY e.id`, [ids]);
  }

  /** Up to `limit` of the user's crossings, newest first, from below an id; of one fence or one type if given. */
  events(
    userId: string,
    limit: number,
    { below, geofenceId, eventType }: { below?: number; geofenceId?: number; eventType?: 'entry' | 'exit' },
  ): Promise<EventRow[]> {
    return this.db.query(
      `${EVENT} WHERE e.user_id = $1 AND ($3::bigint IS NULL OR e.id < $3) AND ($4::bigint IS NULL OR e.geofence_id = $4)
         AND ($5::text IS NULL OR e.event_type = $5)
       ORDER BY e.id DESC LIMIT $2`,
      [userId, limit, below, geofenceId, eventType],
    );
  }
}

const columnsOf = (fence: Fence) => [
  fence.name,
  fence.centerLatitude,
  fence.centerLongitude,
  fence.radiusMeters,
  fence.notifyOnEntry,
  fence.notifyOnExit,
  fence.isActive,
];
