import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Fence } from 'src/modules/geofences/geofences.dto';
import { boxAround } from 'src/modules/geofences/watch';
import type { Box } from 'src/modules/geofences/boxes';
import type { Ring } from 'src/modules/geofences/polygons';
import type { Evidence, FenceState, Pending } from 'src/modules/geofences/geofences.matcher';

/** Of a fence, and of somebody at it, what is asked for to follow him: all but the form of a polygon, which may be large. */
export interface FollowedRow {
  id: number;
  user_id: string;
  /** Whom it watches beside its owner, or in place of him; see `GeofenceArea`. */
  subject_id: string | null;
  chat_id: number | null;
  shape: number;
  center_latitude: number;
  center_longitude: number;
  radius_meters: number;
  is_polygon: boolean;
  positions: number;
  dwell_seconds: number | null;
  cooldown_seconds: number;
  expires_at: Date | null;
  is_active: boolean;
  notify_on_entry: boolean;
  notify_on_exit: boolean;
  notify_on_dwell: boolean;
  updated_at: Date;
  /** Whose state this is: somebody's whom it watches, or for whom it is read. */
  watched_id: string;
  side: FenceState['side'];
  provisional: boolean;
  since: Date | null;
  evidence: Evidence[];
  dwelled: boolean;
  fix_at: Date | null;
  pending: Pending | null;
}

export interface GeofenceRow extends FollowedRow {
  name: string;
  description: string | null;
  boundary: Ring[] | null;
  created_at: Date;
}

/** What of the fence a follower needs, but for the form of a polygon, as the code calls it. */
export const followedOf = (row: FollowedRow) => ({
  centerLatitude: row.center_latitude,
  centerLongitude: row.center_longitude,
  radiusMeters: row.radius_meters,
  dwellSeconds: row.dwell_seconds,
  cooldownSeconds: row.cooldown_seconds,
  expiresAt: row.expires_at,
  isActive: row.is_active,
});

/** All that can be said of it. */
export const fenceOf = (row: GeofenceRow): Fence => ({
  ...followedOf(row),
  name: row.name,
  description: row.description,
  boundary: row.boundary,
  notifyOnEntry: row.notify_on_entry,
  notifyOnExit: row.notify_on_exit,
  notifyOnDwell: row.notify_on_dwell,
});

export const stateOf = (row: FollowedRow): FenceState => ({
  side: row.side,
  provisional: row.provisional,
  since: row.since && row.since.getTime(),
  evidence: row.evidence,
  dwelled: row.dwelled,
  fixAt: row.fix_at,
  pending: row.pending,
});

/** Of a row, that of `NOTHING_KNOWN`. */
export const NOTHING_KNOWN_ROW = {
  side: 'unknown',
  provisional: false,
  since: null,
  evidence: [],
  dwelled: false,
  fix_at: null,
  pending: null,
} satisfies Partial<GeofenceRow>;

const FOLLOWED = [
  ...['id', 'user_id', 'subject_id', 'chat_id', 'shape', 'center_latitude', 'center_longitude', 'radius_meters'],
  ...['positions', 'dwell_seconds', 'cooldown_seconds', 'expires_at', 'is_active', 'updated_at'],
  ...['notify_on_entry', 'notify_on_exit', 'notify_on_dwell'],
].map((name) => `a.${name}`);

/** A fence, and what is known of a user at it as it is now. */
export const rowFor = (user: string, more = '', columns = 'a.*') => `
  SELECT ${columns}, a.boundary IS NOT NULL AS is_polygon, ${user} AS watched_id, coalesce(s.side, 'unknown') AS side, s.since, coalesce(s.evidence, '[]') AS evidence,
    coalesce(s.provisional, false) AS provisional, coalesce(s.dwelled, false) AS dwelled, s.fix_at, s.pending ${more}
  FROM geofence_areas a LEFT JOIN geofence_states s ON s.geofence_id = a.id AND s.user_id = ${user} AND s.shape = a.shape`;
const ROW = rowFor('$1::uuid');
/** The same as far as a follower needs it. */
export const followedRowFor = (user: string, more = '') => rowFor(user, more, FOLLOWED.join(', '));

/** Of these the owner is the one whom it watches. */
export const OWN = 'a.user_id = $1 AND a.subject_id IS NULL AND a.chat_id IS NULL';
export const WATCHED_AFTER = (moment: string) => `a.is_active AND (a.expires_at IS NULL OR a.expires_at > ${moment})`;

/**
 * Of a fence `a` and a state `s`: near the box ($3 west, $4 south, $5 east, $6 north), or not certainly outside. Where there is no
 * state, no way has come near yet.
 */
export const MATTERS = `(s.side <> 'outside' OR s.pending IS NOT NULL OR (a.south <= $6 AND a.north >= $4
  AND ((a.west <= $5 AND a.east >= $3) OR (a.west <= $5::float8 + 360 AND a.east >= $3::float8 + 360)
    OR (a.west <= $5::float8 - 360 AND a.east >= $3::float8 - 360))))`;

/**
 * All of the fences `n` that are `whose` for which `MATTERS` may hold, found by indexes: near the box, west and east of the
 * antimeridian, or such that the user ($1) is not certainly outside. Among 10,000 fences of a chat that takes a hundredth of the time.
 */
export const mayMatter = (whose: string) => `a.id = ANY (ARRAY(
  SELECT n.id FROM (VALUES (0), (360), (-360)) AS turn (by) JOIN geofence_areas n ON ${whose}
    AND box(point(n.west, n.south), point(n.east, n.north)) && box(point($3::float8 + turn.by, $4), point($5::float8 + turn.by, $6))
  UNION SELECT x.geofence_id FROM geofence_states x WHERE x.user_id = $1 AND (x.side <> 'outside' OR x.pending IS NOT NULL)))`;

const ACTIVE = `${followedRowFor('$1::uuid')} WHERE ${OWN} AND ${WATCHED_AFTER('$2')} AND ${MATTERS}
  AND ${mayMatter('n.user_id = $1 AND n.chat_id IS NULL AND n.subject_id IS NULL')} ORDER BY a.id`;

/** Fences, and the states of those whom they watch. */
@Injectable()
export class GeofencesRepository {
  constructor(private readonly db: Database) {}

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

  /** Lets nobody else draw fences of the chat until the transaction ends. Before the lock of any user, for its members' follow. */
  async holdChat(chatId: number): Promise<void> {
    await this.db.query(`SELECT pg_advisory_xact_lock(hashtextextended('fences of chat:' || $1, 0))`, [chatId]);
  }

  /** The same of the chat that a fence is of, if it is of one. */
  async holdChatOf(id: number): Promise<void> {
    await this.db.query(
      `SELECT pg_advisory_xact_lock(hashtextextended('fences of chat:' || chat_id, 0)) FROM geofence_areas
       WHERE id = $1 AND chat_id IS NOT NULL`,
      [id],
    );
  }

  /** How many fences the user has drawn, and of how many positions. */
  drawnBy = (userId: string): Promise<Drawn> => this.drawn('user_id', userId);

  /** The same of those of a chat. */
  drawnIn = (chatId: number): Promise<Drawn> => this.drawn('chat_id', chatId);

  private async drawn(whose: 'user_id' | 'chat_id', id: string | number): Promise<Drawn> {
    const sql = `SELECT count(*)::int AS fences, coalesce(sum(positions), 0)::int AS positions FROM geofence_areas WHERE ${whose} = $1`;
    return (await this.db.query<Drawn>(sql, [id]))[0]!;
  }

  /** The fence, and what is known of the user at it. */
  async one(userId: string, id: number): Promise<GeofenceRow | undefined> {
    return (await this.db.prepared<GeofenceRow>('geofence', `${ROW} WHERE a.id = $2`, [userId, id]))[0];
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
  active(userId: string, from: Date, { west, south, east, north }: Box): Promise<FollowedRow[]> {
    return this.db.prepared<FollowedRow>('geofences active', ACTIVE, [userId, from, west, south, east, north]);
  }

  /** The forms of polygons, and of which shape each is. */
  async boundaries(ids: number[]): Promise<Map<number, { shape: number; boundary: Ring[] }>> {
    const sql = 'SELECT id, shape, boundary FROM geofence_areas WHERE id = ANY($1) AND boundary IS NOT NULL';
    const rows = await this.db.query<{ id: number; shape: number; boundary: Ring[] }>(sql, [ids]);
    return new Map(rows.map(({ id, ...form }) => [id, form]));
  }

  async saveStates(userId: string, states: { geofenceId: number; shape: number; state: FenceState }[]): Promise<void> {
    const column = <T>(of: (state: FenceState) => T) => states.map(({ state }) => of(state));
    await this.db.query(
      `INSERT INTO geofence_states (user_id, geofence_id, shape, side, provisional, fix_at, since, evidence, dwelled, pending)
       SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::text[], $5::boolean[], $6::timestamptz[], $7::timestamptz[], $8::jsonb[],
         $9::boolean[], $10::jsonb[])
       ON CONFLICT (geofence_id, user_id) DO UPDATE SET shape = excluded.shape, side = excluded.side, provisional = excluded.provisional, fix_at = excluded.fix_at,
         since = excluded.since, evidence = excluded.evidence, dwelled = excluded.dwelled, pending = excluded.pending`,
      [
        userId,
        states.map(({ geofenceId }) => geofenceId),
        states.map(({ shape }) => shape),
        column(({ side }) => side),
        column(({ provisional }) => provisional),
        column(({ fixAt }) => fixAt),
        column(({ since }) => (since === null ? null : new Date(since))),
        column(({ evidence }) => JSON.stringify(evidence)),
        column(({ dwelled }) => dwelled),
        column(({ pending }) => pending && JSON.stringify(pending)),
      ],
    );
  }
}

export interface Drawn {
  fences: number;
  positions: number;
}

/** Whom a fence watches in place of its owner: nobody, one person, or those who share with a chat. */
export interface Watched {
  subjectId: string | null;
  chatId: number | null;
}

const COLUMNS = [
  'name',
  'description',
  'center_latitude',
  'center_longitude',
  'radius_meters',
  'boundary',
  'positions',
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

/** How many positions the fence is made of; 0 for a circle. */
export const positionsOf = ({ boundary }: Pick<Fence, 'boundary'>): number =>
  boundary ? boundary.reduce((sum, ring) => sum + ring.length, 0) : 0;

const valuesOf = (fence: Fence, { west, south, east, north } = boxAround(fence)) => [
  fence.name,
  fence.description,
  fence.centerLatitude,
  fence.centerLongitude,
  fence.radiusMeters,
  fence.boundary && JSON.stringify(fence.boundary),
  positionsOf(fence),
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
