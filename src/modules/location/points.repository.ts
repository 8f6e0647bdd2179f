import { Injectable } from '@nestjs/common';
import { arrayOf, columnOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import type { LocationRow, PlaceRow, Point } from 'src/modules/location/location.dto';
import type { HistoryChoice } from 'src/modules/location/location.entities';
import type { Motion } from 'src/modules/location/plausibility';

/** A point that is to be stored: its time settled, judged, and told where it goes. */
export interface NewPoint extends Point {
  userId: string;
  recordedAt: Date;
  /** Bits, see `plausibility.ts`. */
  flags: number;
  /** What is known of the user's way, if this is the last of his points to be stored, all of them included. */
  motion: Motion | null;
  /** Of what is known again by its name. */
  digest: Buffer | null;
  history: HistoryChoice;
  /** A feature has to see it. */
  isFix: boolean;
}

/** What has to be known of somebody before a point of his can be stored. */
export interface Situation {
  user_id: string;
  /** When his account was made. */
  created_at: Date;
  history: HistoryChoice;
  newest_at: Date | null;
  motion: Motion | null;
  wants_fixes: boolean;
  wants_moves: boolean;
  awaits_arrival: boolean;
}

/** A new point's number, and whether it is in the history. */
export interface Stored {
  id: number;
  created_at: Date;
  is_kept: boolean;
}

/** So long a point is known by its name, at least. */
export const NAMES_HOURS = 24;

/** What is known of a point that came before under the same name. */
export interface KnownKey extends Stored {
  user_id: string;
  client_id: string;
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
   * Stores the points where they belong, moves the live positions of those who have newer ones now, and gives for each point, in
   * order, its number, or undefined where its user has sent a point of that client id already. One statement, which takes locks in
   * the order of (user, client id), then of users, so that two of them never wait for each other.
   */
  async insert(points: NewPoint[]): Promise<(Stored | undefined)[]> {
    const column = (of: (point: NewPoint) => number | boolean | string | null) => columnOf(points, of);
    const [told] = await this.db.prepared<Told>('location insert', INSERT, [
      column(({ userId }) => userId),
      column(({ clientId }) => clientId),
      column(({ latitude }) => latitude),
      column(({ longitude }) => longitude),
      column(({ accuracy }) => accuracy),
      column(({ altitude }) => altitude),
      column(({ speed }) => speed),
      column(({ heading }) => heading),
      column(({ battery }) => battery),
      column(({ activity }) => activity),
      column(({ source }) => source),
      column(({ flags }) => flags),
      column(({ recordedAt }) => recordedAt.toISOString()),
      column(({ motion }) => motion && JSON.stringify(motion)),
      column(({ digest }) => digest && `\\x${digest.toString('hex')}`),
      column(({ history }) => (history === 'live_only' ? null : history === 'forever')),
      column(({ isFix }) => isFix || null),
    ]);
    const { places, ids, created_at } = told!;
    const stored = new Array<Stored | undefined>(points.length).fill(undefined);
    const numbers = numbersOf(ids);
    numbersOf(places).forEach((place, index) => {
      const is_kept = points[place - 1]!.history !== 'live_only';
      stored[place - 1] = { id: numbers[index]!, created_at, is_kept };
    });
    return stored;
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

const SITUATIONS = `
  WITH live AS MATERIALIZED (
    SELECT user_id, recorded_at, motion FROM live_locations WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR NO KEY UPDATE)
  SELECT u.id AS user_id, u.created_at, coalesce(s.history, 'live_only') AS history, live.recorded_at AS newest_at, live.motion,
    EXISTS (SELECT FROM location_followers f WHERE f.user_id = u.id AND f.wants = 'fixes') AS wants_fixes,
    EXISTS (SELECT FROM location_followers f WHERE f.user_id = u.id AND f.wants = 'moves')
      OR EXISTS (SELECT FROM location_shares s WHERE s.user_id = u.id AND s.is_active) AS wants_moves,
    EXISTS (SELECT FROM location_shares s WHERE s.user_id = u.id AND s.is_active AND s.arrival_radius IS NOT NULL) AS awaits_arrival
  FROM users u LEFT JOIN live ON live.user_id = u.id LEFT JOIN location_settings s ON s.user_id = u.id
  WHERE u.id = ANY($1::uuid[]) FOR KEY SHARE OF u`;

const PLACE =
  'latitude, longitude, accuracy, altitude, speed, heading, battery, activity, source, flags, recorded_at, user_id';

const LIVE = `SELECT location_id, ${PLACE}, now() AS at FROM live_locations WHERE user_id = $1`;

/** What is there of each point is there of all: text becomes arrays once, and numbers come back as one text. */
const INSERT = `
  WITH given AS MATERIALIZED (
    SELECT nextval('user_locations_id_seq') AS id, p.* FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::float8[], $5::float8[],
      $6::float8[], $7::float8[], $8::float8[], $9::float8[], $10::text[], $11::text[], $12::smallint[], $13::timestamptz[],
      $14::jsonb[], $15::bytea[], $16::boolean[], $17::boolean[]) WITH ORDINALITY
      AS p (user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, battery, activity, source, flags,
        recorded_at, motion, digest, is_permanent, is_fix, place)
  ), named AS (
    INSERT INTO location_keys (user_id, client_id, location_id, recorded_at, flags, is_kept, digest)
    SELECT user_id, client_id, id, recorded_at, flags, is_permanent IS NOT NULL, digest FROM given WHERE client_id IS NOT NULL
    ORDER BY user_id, client_id, id ON CONFLICT DO NOTHING RETURNING location_id
  ), fresh AS MATERIALIZED (
    SELECT * FROM given WHERE client_id IS NULL OR id IN (SELECT location_id FROM named)
  ), kept AS (
    INSERT INTO user_locations (id, client_id, is_permanent, ${PLACE})
    SELECT id, client_id, is_permanent, ${PLACE} FROM fresh f
    WHERE is_permanent IS NOT NULL AND NOT (
      -- a retry of so long ago that its name is forgotten
      client_id IS NOT NULL AND recorded_at < now() - interval '${NAMES_HOURS - 1} hours' AND EXISTS (
        SELECT FROM user_locations o WHERE o.user_id = f.user_id AND o.recorded_at = f.recorded_at AND o.client_id = f.client_id))
  ), followed AS (
    INSERT INTO location_fixes (id, user_id, latitude, longitude, accuracy, recorded_at)
    SELECT id, user_id, latitude, longitude, accuracy, recorded_at FROM fresh WHERE is_fix
  ), live AS (
    INSERT INTO live_locations AS l (location_id, motion, grid_key, ${PLACE})
    SELECT DISTINCT ON (user_id) id, motion, gen_random_uuid(), ${PLACE} FROM fresh ORDER BY user_id, recorded_at DESC, id DESC
    ON CONFLICT (user_id) DO UPDATE SET location_id = excluded.location_id, latitude = excluded.latitude,
      longitude = excluded.longitude, accuracy = excluded.accuracy, altitude = excluded.altitude, speed = excluded.speed,
      heading = excluded.heading, battery = excluded.battery, activity = excluded.activity, source = excluded.source,
      flags = excluded.flags, recorded_at = excluded.recorded_at,
      -- only the last point brings it: if that one is known already, the next is judged by what was before
      motion = coalesce(excluded.motion, l.motion)
    WHERE excluded.recorded_at > l.recorded_at
  )
  SELECT array_to_string(array_agg(place), ',') AS places, array_to_string(array_agg(id), ',') AS ids, now() AS created_at FROM fresh`;

interface Told {
  /** The places of what was stored among the points given, from 1 on, and its numbers in the same order; null if nothing was. */
  places: string | null;
  ids: string | null;
  created_at: Date;
}

const numbersOf = (list: string | null): number[] => (list === null ? [] : list.split(',').map(Number));

/** The point as it is shown, whether it has just been stored or was before. */
export const toRow = (point: NewPoint, stored: Stored): LocationRow => ({
  id: stored.id,
  user_id: point.userId,
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
  flags: point.flags,
  recorded_at: point.recordedAt,
  created_at: stored.created_at,
  is_kept: stored.is_kept,
});
