import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { ImportRow } from 'src/modules/location/imports.dto';

/** A point of a track, checked. */
export interface ImportedPoint {
  latitude: number;
  longitude: number;
  altitude: number | null;
  accuracy: number | null;
  recordedAt: Date;
  /** Bits, see `plausibility.ts`. */
  flags: number;
  /** The same for the same point, however often its file comes. */
  name: string;
}

@Injectable()
export class ImportsRepository {
  constructor(private readonly db: Database) {}

  async insert(userId: string, storageKey: string, name: string, size: number): Promise<ImportRow> {
    const [row] = await this.db.query<ImportRow>(
      'INSERT INTO location_imports (user_id, storage_key, name, size) VALUES ($1, $2, $3, $4) RETURNING *',
      [userId, storageKey, name, size],
    );
    return row!;
  }

  async byId(id: number): Promise<ImportRow | undefined> {
    return (await this.db.query<ImportRow>('SELECT * FROM location_imports WHERE id = $1', [id]))[0];
  }

  /** The user's latest imports, newest first. */
  list(userId: string, limit: number): Promise<ImportRow[]> {
    return this.db.query('SELECT * FROM location_imports WHERE user_id = $1 ORDER BY id DESC LIMIT $2', [
      userId,
      limit,
    ]);
  }

  async countOpen(userId: string): Promise<number> {
    const sql = `SELECT count(*)::int AS n FROM location_imports WHERE user_id = $1 AND state IN ('waiting', 'running')`;
    return (await this.db.query<{ n: number }>(sql, [userId]))[0]!.n;
  }

  /** Those of the keys that are still to be read. */
  async knownKeys(keys: string[]): Promise<string[]> {
    const sql = 'SELECT storage_key FROM location_imports WHERE storage_key = ANY($1) AND ended_at IS NULL';
    return (await this.db.query<{ storage_key: string }>(sql, [keys])).map(({ storage_key }) => storage_key);
  }

  /** How far it is; counted anew by each attempt. */
  async progress(id: number, { bytesRead, stored, refused }: { bytesRead: number; stored: number; refused: number }) {
    await this.db.query(
      `UPDATE location_imports SET state = 'running', bytes_read = $2, stored = $3, refused = $4 WHERE id = $1`,
      [id, bytesRead, stored, refused],
    );
  }

  async end(id: number, state: 'done' | 'failed', fault: string | null): Promise<void> {
    await this.db.query('UPDATE location_imports SET state = $2, fault = $3, ended_at = now() WHERE id = $1', [
      id,
      state,
      fault,
    ]);
  }

  /** Lets nobody else store a track of the user's before the open transaction ends: what two of them have in common is stored once. */
  async lock(userId: string): Promise<void> {
    await this.db.query(`SELECT pg_advisory_xact_lock(hashtextextended('import:' || $1::text, 0))`, [userId]);
  }

  /** What of the user's history the track is not to bring back; nothing more is deleted before the open transaction ends. */
  async leftOut(id: number): Promise<{ from: Date | null; to: Date | null }[]> {
    return this.db.query(
      `SELECT x."from", x."to" FROM (SELECT left_out FROM location_imports WHERE id = $1 FOR SHARE) i,
         jsonb_to_recordset(i.left_out) AS x ("from" timestamptz, "to" timestamptz)`,
      [id],
    );
  }

  /** Puts those of the points into the history of the user, who is locked, that are not there yet, from whatever door. */
  async store(userId: string, points: ImportedPoint[], isPermanent: boolean): Promise<void> {
    const column = <K extends keyof ImportedPoint>(key: K) => points.map((point) => point[key]);
    await this.db.query(
      `WITH owner AS MATERIALIZED (SELECT id FROM users WHERE id = $1 FOR KEY SHARE)
       INSERT INTO user_locations (id, user_id, recorded_at, is_permanent, client_id, latitude, longitude, altitude, accuracy, flags, source)
       SELECT nextval('user_locations_id_seq'), owner.id, recorded_at, $2, name, latitude, longitude, altitude, accuracy, flags, 'gpx'
       FROM owner, (SELECT DISTINCT ON (recorded_at, latitude, longitude) *
         FROM unnest($3::timestamptz[], $4::text[], $5::float8[], $6::float8[], $7::float8[], $8::smallint[], $9::float8[])
           AS p (recorded_at, name, latitude, longitude, altitude, flags, accuracy)) p
       WHERE NOT EXISTS (
         SELECT FROM user_locations o WHERE o.user_id = $1 AND o.recorded_at = p.recorded_at
           AND o.latitude = p.latitude AND o.longitude = p.longitude)`,
      [
        userId,
        isPermanent,
        column('recordedAt'),
        column('name'),
        column('latitude'),
        column('longitude'),
        column('altitude'),
        column('flags'),
        column('accuracy'),
      ],
    );
  }
}
