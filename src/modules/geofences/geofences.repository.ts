import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import type { GeofenceEvent, StoredFix } from 'src/modules/geofences/geofences.entities';
import type { WatchState } from 'src/modules/geofences/geofences.entities';
import type { Sight } from 'src/modules/location/sights.service';
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
  /** Whom it watches beside its owner, or in place of him; see `GeofenceArea`. */
  subject_id: string | null;
  chat_id: number | null;
  shape: number;
  created_at: Date;
  updated_at: Date;
  /** Whose state this is: somebody's whom it watches, or for whom it is read. */
  watched_id: string;
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

/** A fence, and what is known of a user at it as it is now. */
export const rowFor = (user: string, more = '') => `
  SELECT a.*, ${user} AS watched_id, coalesce(s.side, 'unknown') AS side, s.since, coalesce(s.evidence, '[]') AS evidence,
    coalesce(s.dwelled, false) AS dwelled, s.fix_at, s.pending ${more}
  FROM geofence_areas a LEFT JOIN geofence_states s ON s.geofence_id = a.id AND s.user_id = ${user} AND s.shape = a.shape`;
const ROW = rowFor('$1::uuid');

/** Of these the owner is the one whom it watches. */
const OWN = 'a.user_id = $1 AND a.subject_id IS NULL AND a.chat_id IS NULL';
const WATCHED_AFTER = (moment: string) => `a.is_active AND (a.expires_at IS NULL OR a.expires_at > ${moment})`;

/** A fence that watches another than its owner, and the share by which it sees him. */
export interface SeeingRow extends GeofenceRow {
  share_id: number;
  /** What he did before is not seen. */
  seen_since: Date;
}

const EVENT = `
  SELECT e.*, a.name AS geofence_name, a.user_id AS owner_id, a.subject_id, a.chat_id, w.state AS watch_state, e.silenced IS NULL AND CASE e.event_type
    WHEN 'entry' THEN a.notify_on_entry WHEN 'exit' THEN a.notify_on_exit ELSE a.notify_on_dwell END AS notify
  FROM geofence_events e JOIN geofence_areas a ON a.id = e.geofence_id
    LEFT JOIN geofence_watches w ON w.geofence_id = a.id AND w.user_id = e.user_id`;

/**
 * Of a fence `a` and a state `s`: near the box ($3 west, $4 south, $5 east, $6 north), or not certainly outside. Where there is no
 * state, no way has come near yet.
 */
const MATTERS = `(s.side <> 'outside' OR s.pending IS NOT NULL OR (a.south <= $6 AND a.north >= $4
  AND ((a.west <= $5 AND a.east >= $3) OR (a.west <= $5::float8 + 360 AND a.east >= $3::float8 + 360)
    OR (a.west <= $5::float8 - 360 AND a.east >= $3::float8 - 360))))`;

/** What is asked for of events `e`, by $3–$8 of `events`. */
const FILTER = `($3::bigint IS NULL OR e.id < $3) AND ($4::bigint IS NULL OR e.geofence_id = $4)
  AND ($5::text IS NULL OR e.event_type = $5) AND ($6::timestamptz IS NULL OR e.recorded_at >= $6)
  AND ($7::timestamptz IS NULL OR e.recorded_at < $7) AND ($8::uuid IS NULL OR e.user_id = $8)`;

/** A chat's fence watches nobody who has said no to it, and nobody once its owner has left the chat. */
const UNOPPOSED = `NOT EXISTS (SELECT FROM geofence_watches w WHERE w.geofence_id = a.id AND w.user_id = $1 AND w.state = 'withdrawn')`;
const OWNER_IN_CHAT = `EXISTS (SELECT FROM chat_participants p WHERE p.chat_id = a.chat_id AND p.user_id = a.user_id AND p.left_at IS NULL)`;

/** Fences, the states of those they watch, and crossings. */
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

  async insert(userId: string, fence: Fence, { subjectId, chatId }: Watched): Promise<number> {
    const [row] = await this.db.query<{ id: number }>(
      `INSERT INTO geofence_areas (user_id, subject_id, chat_id, ${COLUMNS.join(', ')})
       VALUES ($1, $2, $3, ${COLUMNS.map((_, index) => `$${index + 4}`).join(', ')}) RETURNING id`,
      [userId, subjectId, chatId, ...valuesOf(fence)],
    );
    return row!.id;
  }

  /** `anew`: what was known of people at the fence is so no more. */
  async update(id: number, fence: Fence, anew: boolean): Promise<void> {
    await this.db.query(
      `UPDATE geofence_areas SET ${COLUMNS.map((name, index) => `${name} = $${index + 3}`).join(', ')},
         shape = shape + $2::boolean::int, updated_at = now()
       WHERE id = $1`,
      [id, anew, ...valuesOf(fence)],
    );
  }

  async remove(id: number): Promise<void> {
    await this.db.query('DELETE FROM geofence_areas WHERE id = $1', [id]);
  }

  async count(userId: string): Promise<number> {
    const sql = 'SELECT count(*)::int AS n FROM geofence_areas WHERE user_id = $1';
    return (await this.db.query<{ n: number }>(sql, [userId]))[0]!.n;
  }

  async countOfChat(chatId: number): Promise<number> {
    const sql = 'SELECT count(*)::int AS n FROM geofence_areas WHERE chat_id = $1';
    return (await this.db.query<{ n: number }>(sql, [chatId]))[0]!.n;
  }

  /** The fence, and what is known of the user at it. */
  async one(userId: string, id: number): Promise<GeofenceRow | undefined> {
    return (await this.db.query<GeofenceRow>(`${ROW} WHERE a.id = $2`, [userId, id]))[0];
  }

  /** Up to `limit` of the fences that the user has drawn, or of those of a chat, newest first, from below an id. */
  list(userId: string, limit: number, below: number | null, chatId: number | null): Promise<GeofenceRow[]> {
    const whose = chatId === null ? 'a.user_id = $1 AND $4::bigint IS NULL' : 'a.chat_id = $4';
    return this.db.query(`${ROW} WHERE ${whose} AND ($3::bigint IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $2`, [
      userId,
      limit,
      below,
      chatId,
    ]);
  }

  /**
   * The user's fences for himself that are watched from a moment on and that a way within a box can matter to: those that the box
   * touches, and those of which it is not certain that he is outside. To the others such a way brings nothing new.
   */
  active(userId: string, from: Date, { west, south, east, north }: Box): Promise<GeofenceRow[]> {
    return this.db.query(`${ROW} WHERE ${OWN} AND ${WATCHED_AFTER('$2')} AND ${MATTERS} ORDER BY a.id`, [
      userId,
      from,
      west,
      south,
      east,
      north,
    ]);
  }

  /** The same of the fences that see the user by these shares; the box holds all that is shown of the way. */
  seeing(userId: string, from: Date, { west, south, east, north }: Box, shareIds: number[]): Promise<SeeingRow[]> {
    return this.db.query(
      `${rowFor('$1::uuid', ', w.share_id, greatest(w.decided_at, a.created_at) AS seen_since')}
         JOIN geofence_watches w ON w.geofence_id = a.id AND w.user_id = $1 AND w.state = 'accepted'
       WHERE w.share_id = ANY($7) AND ${WATCHED_AFTER('$2')} AND ${MATTERS}
       UNION ALL
       ${rowFor('$1::uuid', ', h.id AS share_id, a.created_at AS seen_since')}
         JOIN location_shares h ON h.chat_id = a.chat_id AND h.id = ANY($7)
       WHERE ${WATCHED_AFTER('$2')} AND ${MATTERS} AND ${UNOPPOSED} AND ${OWNER_IN_CHAT}
       ORDER BY id`,
      [userId, from, west, south, east, north, shareIds],
    );
  }

  /** By which shares fences of others may see the user; whether they are live, and whom they open to, is not asked here. */
  sharesOf(userId: string): Promise<{ shareId: number; viewerId: string | null }[]> {
    return this.db.query(
      `SELECT w.share_id AS "shareId", a.user_id AS "viewerId" FROM geofence_watches w JOIN geofence_areas a ON a.id = w.geofence_id
       WHERE w.user_id = $1 AND w.state = 'accepted' AND w.share_id IS NOT NULL
       UNION SELECT h.id, NULL::uuid FROM location_shares h
       WHERE h.user_id = $1 AND h.is_active AND h.audience = 'chat' AND EXISTS (
         SELECT FROM geofence_areas a WHERE a.chat_id = h.chat_id AND a.is_active)`,
      [userId],
    );
  }

  /** Whether any fence, his own or another's, may have to see the user. */
  async isWatched(userId: string): Promise<boolean> {
    const [row] = await this.db.query<{ is_own: boolean }>(
      `SELECT EXISTS (SELECT FROM geofence_areas a WHERE ${OWN}) AS is_own`,
      [userId],
    );
    return row!.is_own || (await this.sharesOf(userId)).length > 0;
  }

  async saveStates(userId: string, states: { geofenceId: number; shape: number; state: FenceState }[]): Promise<void> {
    const column = <T>(of: (state: FenceState) => T) => states.map(({ state }) => of(state));
    await this.db.query(
      `INSERT INTO geofence_states (user_id, geofence_id, shape, side, fix_at, since, evidence, dwelled, pending)
       SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::jsonb[], $8::boolean[],
         $9::jsonb[])
       ON CONFLICT (geofence_id, user_id) DO UPDATE SET shape = excluded.shape, side = excluded.side, fix_at = excluded.fix_at,
         since = excluded.since, evidence = excluded.evidence, dwelled = excluded.dwelled, pending = excluded.pending`,
      [
        userId,
        states.map(({ geofenceId }) => geofenceId),
        states.map(({ shape }) => shape),
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

  /** When a crossing of the user's was last told of, for each of the fences and types; those of which none was are left out. */
  lastTold(userId: string, ids: number[]): Promise<{ geofence_id: number; event_type: Crossing['type']; at: Date }[]> {
    return this.db.query(
      `SELECT geofence_id, event_type, max(recorded_at) AS at FROM geofence_events
       WHERE geofence_id = ANY($1) AND user_id = $2 AND silenced IS NULL GROUP BY geofence_id, event_type`,
      [ids, userId],
    );
  }

  /** In the order in which they happened. */
  eventsByIds(ids: number[]): Promise<EventRow[]> {
    return this.db.query(`${EVENT} WHERE e.id = ANY($1) ORDER BY e.id`, [ids]);
  }

  /**
   * Up to `limit` crossings, newest first, from below an id: the user's own, those at fences that he has drawn, and those at fences
   * of his chats; of one fence, one person, one type, or a span of time if given. Whether he may see others' is not asked here.
   */
  events(
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
}

export interface EventFilter {
  below?: number | undefined;
  geofenceId?: number | undefined;
  subjectId?: string | undefined;
  eventType?: Crossing['type'] | undefined;
  from?: Date | undefined;
  until?: Date | undefined;
}

/** Whom a fence watches in place of its owner: nobody, one person, or those who share with a chat. */
export interface Watched {
  subjectId: string | null;
  chatId: number | null;
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
