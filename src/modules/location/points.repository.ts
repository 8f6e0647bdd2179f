import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { LocationRow, PlaceRow, Point } from 'src/modules/location/location.dto';

/** A point that is to be stored, its time settled. */
export type NewPoint = Point & { userId: string; recordedAt: Date };

/** Where a user is, and the moment of asking by the clock of the database. */
export type LiveRow = PlaceRow & { location_id: number; at: Date };

/** Where users were and are. */
@Injectable()
export class PointsRepository {
  constructor(private readonly db: Database) {}

  /**
   * Stores the points, moves the live positions of those who have newer ones now, and gives for each point, in order, its row, or
   * undefined where its user has a point of that client id already. One statement, which takes locks in the order of (user,
   * client id), then of users, so that two of them never wait for each other.
   */
  async insert(points: NewPoint[]): Promise<(LocationRow | undefined)[]> {
    const column = <K extends keyof NewPoint>(key: K) => points.map((point) => point[key]);
    const rows = await this.db.query<{ place: number; id: number; created_at: Date }>(
      `WITH given AS MATERIALIZED (
         SELECT nextval('user_locations_id_seq') AS id, p.* FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::float8[],
           $5::float8[], $6::float8[], $7::float8[], $8::float8[], $9::timestamptz[]) WITH ORDINALITY
           AS p (user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, recorded_at, place)
       ), stored AS (
         INSERT INTO user_locations (id, user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, recorded_at)
         OVERRIDING SYSTEM VALUE
         SELECT id, user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, recorded_at
         FROM given ORDER BY user_id, client_id, id
         ON CONFLICT (user_id, client_id) WHERE client_id IS NOT NULL DO NOTHING RETURNING *
       ), live AS (
         INSERT INTO live_locations AS l
           (user_id, location_id, latitude, longitude, accuracy, altitude, speed, heading, recorded_at)
         SELECT DISTINCT ON (user_id) user_id, id, latitude, longitude, accuracy, altitude, speed, heading, recorded_at
         FROM stored ORDER BY user_id, recorded_at DESC, id DESC
         ON CONFLICT (user_id) DO UPDATE SET location_id = excluded.location_id,
           latitude = excluded.latitude, longitude = excluded.longitude, accuracy = excluded.accuracy,
           altitude = excluded.altitude, speed = excluded.speed, heading = excluded.heading, recorded_at = excluded.recorded_at
         WHERE excluded.recorded_at > l.recorded_at
       )
       SELECT place::int, id, stored.created_at FROM given JOIN stored USING (id)`,
      [
        column('userId'),
        column('clientId'),
        column('latitude'),
        column('longitude'),
        column('accuracy'),
        column('altitude'),
        column('speed'),
        column('heading'),
        column('recordedAt'),
      ],
    );
    const byPlace = new Map(rows.map((row) => [row.place, row]));
    return points.map((point, index) => {
      const row = byPlace.get(index + 1);
      return row && toRow(point, row);
    });
  }

  /** Those stored before under the given names by the given users. */
  async byClientIds(named: { userId: string; clientId: string }[]): Promise<LocationRow[]> {
    return this.db.query(
      `SELECT l.* FROM user_locations l JOIN unnest($1::uuid[], $2::text[]) AS n (user_id, client_id)
         ON l.user_id = n.user_id AND l.client_id = n.client_id`,
      [named.map(({ userId }) => userId), named.map(({ clientId }) => clientId)],
    );
  }

  async live(userId: string): Promise<LiveRow | undefined> {
    const [row] = await this.db.query<LiveRow>('SELECT *, now() AS at FROM live_locations WHERE user_id = $1', [
      userId,
    ]);
    return row;
  }

  /** Up to `limit` points of a user that were recorded after a moment, oldest first. */
  after(userId: string, moment: Date | null, limit: number): Promise<LocationRow[]> {
    return this.db.query(
      `SELECT * FROM user_locations WHERE user_id = $1 AND recorded_at > coalesce($2, '-infinity'::timestamptz)
       ORDER BY recorded_at, id LIMIT $3`,
      [userId, moment, limit],
    );
  }
}

const toRow = (point: NewPoint, { id, created_at }: { id: number; created_at: Date }): LocationRow => ({
  id,
  user_id: point.userId,
  client_id: point.clientId,
  latitude: point.latitude,
  longitude: point.longitude,
  accuracy: point.accuracy,
  altitude: point.altitude,
  speed: point.speed,
  heading: point.heading,
  recorded_at: point.recordedAt,
  created_at,
});
