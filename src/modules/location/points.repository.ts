import { Injectable } from '@nestjs/common';
import { arrayOf, columnOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import type { LocationRow, PlaceRow, Point } from 'src/modules/location/location.dto';
import type { HistoryChoice } from 'src/modules/location/location.entities';
import type { Motion } from 'src/modules/location/plausibility';

/** A point that is to be stored: its time settled, judged, and told where it goes. */
export interface NewPoint {
  userId: string;
  point: Point;
  recordedAt: Date;
  /** Bits, see `plausibility.ts`. */
  flags: number;
  /** No later point of the user's is among those to be stored with it. */
  isLast: boolean;
  /** The user had no position at all. */
  isFirst: boolean;
  /** What is known of the user's way after this one; null: this one is what is believed, or, if it has flags, nothing. */
  motion: Motion | null;
  /** Of what is known again by its name. */
  digest: Buffer | null;
  history: HistoryChoice;
  /** A feature has to see it. */
  isFix: boolean;
  /** It has no name, and may be in the history already: it is not newer than the user's newest. */
  mayBeAgain: boolean;
  /** It has no name, and another of those to be stored with it says the same place at the same moment. */
  mayRepeat: boolean;
}

/** What has to be known of somebody before a point of his can be stored. */
export type Situation = {
  user_id: string;
  /** When his account was made. */
  created_at: Date;
  /** The moment of asking, by the clock of the database. */
  at: Date;
  history: HistoryChoice;
  wants_fixes: boolean;
  wants_moves: boolean;
  awaits_arrival: boolean;
} & (Newest | { newest_at: null });

/** His newest position, and what is known of his way by then (`NewPoint`). */
export interface Newest {
  newest_at: Date;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  flags: number;
  motion: Motion | null;
}

/** New points' numbers, in the order given; undefined where there was a point of that name already. */
export interface Stored {
  ids: (number | undefined)[];
  createdAt: Date;
}

/** So long a point is known by its name, at least. */
export const NAMES_HOURS = 24;

/** What is known of a point that came before under the same name. */
export interface KnownKey {
  user_id: string;
  client_id: string;
  id: number;
  created_at: Date;
  is_kept: boolean;
  recorded_at: Date;
  flags: number;
  digest: Buffer;
}

/** A point that a feature follows. */
export interface FixRow {
  id: number;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  recorded_at: Date;
  received_at: Date;
}

/** Where a user is, and the moment of asking by the clock of the database. */
export type LiveRow = PlaceRow & { location_id: number; flags: number; at: Date };

/** Where users were and are. */
@Injectable()
export class PointsRepository {
  constructor(private readonly db: Database) {}

  /** What is known of those of the users who are there; locks their live positions, in one order for everybody, and that they stay. */
  async situations(userIds: string[]): Promise<Map<string, Situation>> {
    const rows = await this.db.prepared<Situation>('location situations', SITUATIONS, [arrayOf(userIds)]);
    return new Map(rows.map((row) => [row.user_id, row]));
  }

  /**
   * Stores the points where they belong, moves the live positions of those who have newer ones now, and gives each its number. The
   * points of a user come in the order of their recording. One statement, which takes locks in the order of (user, client id), then of
   * users, so that two of them never wait for each other. What it gives asks for the numbers, within the transaction or after it.
   */
  insert(points: NewPoint[]): () => Promise<Stored> {
    const column = (of: (point: NewPoint) => number | boolean | string | null) => columnOf(points, of);
    const { name, sql } = insertFor(points);
    const rows = this.db.write<Told>(name, sql, [
      column(({ userId }) => userId),
      column(({ point }) => point.clientId),
      column(({ point }) => point.latitude),
      column(({ point }) => point.longitude),
      column(({ point }) => point.accuracy),
      column(({ point }) => point.altitude),
      column(({ point }) => point.speed),
      column(({ point }) => point.heading),
      column(({ point }) => point.battery),
      column(({ point }) => point.activity),
      column(({ point }) => point.source),
      column(({ flags }) => flags || null),
      column(({ recordedAt }) => recordedAt.getTime()),
      column(({ digest }) => digest && `\\x${digest.toString('hex')}`),
      column(({ history }) => (history === 'live_only' ? null : history === 'forever')),
      column(({ isFix }) => isFix || null),
      column(({ isLast }) => isLast || null),
      column(({ motion }) => motion && JSON.stringify(motion)),
    ]);
    return async () => storedOf((await rows())[0]!, points.length);
  }

  /** What is known of the points that came before under the given names. */
  async known(named: { userId: string; clientId: string }[]): Promise<KnownKey[]> {
    return this.db.query(
      `SELECT k.*, k.location_id AS id FROM location_keys k JOIN unnest($1::uuid[], $2::text[]) AS n (user_id, client_id)
         ON k.user_id = n.user_id AND k.client_id = n.client_id`,
      [named.map(({ userId }) => userId), named.map(({ clientId }) => clientId)],
    );
  }

  /** Forgets up to `limit` names that are older than so many hours; gives how many. */
  async forgetKeys(hours: number, limit: number): Promise<number> {
    const rows = await this.db.query(
      `DELETE FROM location_keys WHERE (user_id, client_id) IN (
         SELECT user_id, client_id FROM location_keys WHERE created_at < now() - make_interval(hours => $1) LIMIT $2) RETURNING 1`,
      [hours, limit],
    );
    return rows.length;
  }

  async live(userId: string): Promise<LiveRow | undefined> {
    return (await this.db.prepared<LiveRow>('location live', LIVE, [userId]))[0];
  }

  /** Those who share their position, and whose newest was recorded within one of the spans (their start excluded). */
  async sharedBetween(spans: { after: Date; until: Date }[]): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `SELECT DISTINCT l.user_id FROM location_shares s JOIN live_locations l ON l.user_id = s.user_id
         JOIN unnest($1::timestamptz[], $2::timestamptz[]) AS span (after, until)
           ON l.recorded_at > span.after AND l.recorded_at <= span.until
       WHERE s.is_active AND s.audience <> 'link'`,
      [spans.map(({ after }) => after), spans.map(({ until }) => until)],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Up to `limit` fixes of a user that were recorded after a moment, oldest first. */
  fixesAfter(userId: string, moment: Date | null, limit: number): Promise<FixRow[]> {
    return this.db.query(
      `SELECT * FROM location_fixes WHERE user_id = $1 AND recorded_at > coalesce($2, '-infinity'::timestamptz)
       ORDER BY recorded_at, id LIMIT $3`,
      [userId, moment, limit],
    );
  }

  /** Nobody needs the user's fixes up to a moment any more. */
  async dropFixes(userId: string, until: Date): Promise<void> {
    await this.db.query('DELETE FROM location_fixes WHERE user_id = $1 AND recorded_at <= $2', [userId, until]);
  }

  async follow(userId: string, feature: string, wants: 'fixes' | 'moves'): Promise<void> {
    await this.db.query(
      `INSERT INTO location_followers (user_id, feature, wants) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [userId, feature, wants],
    );
  }

  async unfollow(userId: string, feature: string): Promise<void> {
    await this.db.query('DELETE FROM location_followers WHERE user_id = $1 AND feature = $2', [userId, feature]);
    await this.db.query(
      `DELETE FROM location_fixes x WHERE user_id = $1 AND NOT EXISTS (
         SELECT FROM location_followers f WHERE f.user_id = x.user_id AND f.wants = 'fixes')`,
      [userId],
    );
  }
}

const HOUR_MS = 3_600_000;

const SITUATIONS = `
  WITH live AS MATERIALIZED (
    SELECT user_id, recorded_at, latitude, longitude, accuracy, flags, motion FROM live_locations
    WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR NO KEY UPDATE)
  SELECT u.id AS user_id, u.created_at, now() AS at, coalesce(s.history, 'live_only') AS history, live.recorded_at AS newest_at,
    live.latitude, live.longitude, live.accuracy, live.flags, live.motion,
    EXISTS (SELECT FROM location_followers f WHERE f.user_id = u.id AND f.wants = 'fixes') AS wants_fixes,
    EXISTS (SELECT FROM location_followers f WHERE f.user_id = u.id AND f.wants = 'moves')
      OR EXISTS (SELECT FROM location_shares s WHERE s.user_id = u.id AND s.is_active) AS wants_moves,
    EXISTS (SELECT FROM location_shares s WHERE s.user_id = u.id AND s.is_active AND s.arrival_radius IS NOT NULL) AS awaits_arrival
  FROM users u LEFT JOIN live ON live.user_id = u.id LEFT JOIN location_settings s ON s.user_id = u.id
  WHERE u.id = ANY($1::uuid[]) FOR KEY SHARE OF u`;

const MEASURED = [
  ...['latitude', 'longitude', 'accuracy', 'altitude', 'speed', 'heading', 'battery', 'activity', 'source'],
  ...['flags', 'recorded_at'],
];
const PLACE = `${MEASURED.join(', ')}, user_id`;

const LIVE = `SELECT location_id, ${PLACE}, now() AS at FROM live_locations WHERE user_id = $1`;

/**
 * The statement that stores such points: with no more parts than they need, since each costs time even where it finds nothing to do.
 * What is there of each point is there of all: text becomes arrays once, and numbers come back as one text.
 */
function insertFor(points: NewPoint[]) {
  const named = points.filter(({ point }) => point.clientId !== null);
  const forgotten = Date.now() - (NAMES_HOURS - 2) * HOUR_MS;
  const names = !named.length
    ? 'none'
    : named.some(({ recordedAt }) => recordedAt.getTime() < forgotten)
      ? 'old'
      : 'new';
  const fixes = points.some(({ isFix }) => isFix);
  const firsts = points.some(({ isFirst }) => isFirst);
  const agains = points.some(({ mayBeAgain }) => mayBeAgain);
  const repeats = points.some(({ mayRepeat }) => mayRepeat);
  const parts = { fixes, firsts, agains, repeats };
  const some = Object.entries(parts).flatMap(([part, isThere]) => (isThere ? [part] : []));
  const name = ['location insert', `names ${names}`, ...some].join(', ');
  const sql = statements.get(name) ?? insertWith({ names, ...parts });
  statements.set(name, sql);
  return { name, sql };
}

const statements = new Map<string, string>();

interface Parts {
  names: 'none' | 'new' | 'old';
  fixes: boolean;
  firsts: boolean;
  agains: boolean;
  repeats: boolean;
}

function insertWith({ names, fixes, firsts, agains, repeats }: Parts) {
  const parts = [
    `given AS MATERIALIZED (
      SELECT nextval('user_locations_id_seq') AS id, user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, battery,
        activity, source, coalesce(flags, 0) AS flags, to_timestamp(recorded_ms::float8 / 1000) AS recorded_at, digest, is_permanent,
        is_fix, is_last, motion, place
      FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::float8[],
        $9::float8[], $10::text[], $11::text[], $12::smallint[], $13::bigint[], $14::bytea[], $15::boolean[], $16::boolean[],
        $17::boolean[], $18::jsonb[])
        WITH ORDINALITY AS p (user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, battery, activity, source,
          flags, recorded_ms, digest, is_permanent, is_fix, is_last, motion, place))`,
  ];
  if (names !== 'none')
    parts.push(
      `named AS (
        INSERT INTO location_keys (user_id, client_id, location_id, recorded_at, flags, is_kept, digest)
        SELECT user_id, client_id, id, recorded_at, flags, is_permanent IS NOT NULL, digest FROM given WHERE client_id IS NOT NULL
        ORDER BY user_id, client_id, id ON CONFLICT DO NOTHING RETURNING location_id)`,
      `fresh AS MATERIALIZED (
        SELECT * FROM given WHERE client_id IS NULL OR id IN (SELECT location_id FROM named))`,
    );
  const fresh = names === 'none' ? 'given' : 'fresh';
  const once = repeats ? 'once' : fresh;
  if (repeats) parts.push(`once AS MATERIALIZED (${ONCE} FROM ${fresh}) p WHERE client_id IS NOT NULL OR nth = 1)`);
  parts.push(
    `kept AS (
      INSERT INTO user_locations (id, client_id, is_permanent, ${PLACE})
      SELECT id, client_id, is_permanent, ${PLACE} FROM ${once} f WHERE is_permanent IS NOT NULL ${names === 'old' ? `AND NOT (${IS_FORGOTTEN})` : ''} ${agains ? `AND NOT (${IS_AGAIN})` : ''})`,
  );
  if (fixes)
    parts.push(
      `followed AS (
        INSERT INTO location_fixes (id, user_id, latitude, longitude, accuracy, recorded_at)
        SELECT id, user_id, latitude, longitude, accuracy, recorded_at FROM ${once} WHERE is_fix)`,
    );
  // a point without a name is stored for certain, and with it the last one; else the last of those that are new
  const newest =
    names === 'none'
      ? 'SELECT *, id AS location_id FROM given WHERE is_last ORDER BY user_id'
      : 'SELECT DISTINCT ON (user_id) *, id AS location_id FROM fresh ORDER BY user_id, recorded_at DESC, id DESC';
  parts.push(`newest AS (${newest})`, `live AS (${firsts ? FIRST_LIVE : MOVE_LIVE})`);
  const places = names === 'none' ? 'NULL' : `array_to_string(array_agg(place ORDER BY place), ',')`;
  return `WITH ${parts.join(', ')}
    SELECT ${places} AS places, array_to_string(array_agg(id ORDER BY place), ',') AS ids, now() AS created_at FROM ${fresh}`;
}

const moved = (from: string) =>
  ['location_id', 'motion', ...MEASURED].map((name) => `${name} = ${from}.${name}`).join(', ');
/** Of those who have a position, which `situations` has locked: takes less than where somebody may have none. */
const MOVE_LIVE = `
  UPDATE live_locations l SET ${moved('n')} FROM newest n WHERE l.user_id = n.user_id AND n.recorded_at > l.recorded_at`;
const FIRST_LIVE = `
  INSERT INTO live_locations AS l (location_id, motion, grid_key, ${PLACE})
  SELECT location_id, motion, gen_random_uuid(), ${PLACE} FROM newest
  ON CONFLICT (user_id) DO UPDATE SET ${moved('excluded')} WHERE excluded.recorded_at > l.recorded_at`;

/** Of a named point `f`: a retry of so long ago that its name may be forgotten. */
const IS_FORGOTTEN = `client_id IS NOT NULL AND recorded_at < now() - interval '${NAMES_HOURS - 1} hours' AND EXISTS (
  SELECT FROM user_locations o WHERE o.user_id = f.user_id AND o.recorded_at = f.recorded_at AND o.client_id = f.client_id)`;

/** Of a point `f` without a name: the same was at the same place at the same moment, so it has been sent again. By `OFFSET` looked for one by one. */
const IS_AGAIN = `client_id IS NULL
  AND EXISTS (SELECT FROM live_locations v WHERE v.user_id = f.user_id AND v.recorded_at >= f.recorded_at)
  AND EXISTS (SELECT FROM user_locations o WHERE o.user_id = f.user_id AND o.recorded_at = f.recorded_at
    AND o.latitude = f.latitude AND o.longitude = f.longitude OFFSET 0)`;

/** Of points without a name that say the same place at the same moment the first; none if one with a name came before and is stored. */
const ONCE = `SELECT * FROM (
  SELECT *, row_number() OVER (PARTITION BY user_id, recorded_at, latitude, longitude ORDER BY place) AS nth`;

interface Told {
  /** The places of what was stored among the points given, from 1 on (null: all), and its numbers in the same order. */
  places: string | null;
  ids: string | null;
  created_at: Date;
}

function storedOf({ places, ids, created_at: createdAt }: Told, count: number): Stored {
  const numbers = numbersOf(ids);
  if (numbers.length === count) return { ids: numbers, createdAt };
  const stored: Stored = { ids: new Array<undefined>(count).fill(undefined), createdAt };
  numbersOf(places).forEach((place, index) => (stored.ids[place - 1] = numbers[index]));
  return stored;
}

const numbersOf = (list: string | null): number[] => (list === null ? [] : list.split(',').map(Number));

/** The point as it is shown, whether it has just been stored or was before. */
export const toRow = (
  { userId, point, recordedAt, flags }: NewPoint,
  stored: { id: number; createdAt: Date; isKept: boolean },
): LocationRow => ({
  id: stored.id,
  user_id: userId,
  client_id: point.clientId,
  latitude: point.latitude,
  longitude: point.longitude,
  accuracy: point.accuracy,
  altitude: point.altitude,
  speed: point.speed,
  heading: point.heading,
  battery: point.battery,
  activity: point.activity,
  source: point.source,
  flags,
  recorded_at: recordedAt,
  created_at: stored.createdAt,
  is_kept: stored.isKept,
});
