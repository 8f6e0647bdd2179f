import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { RIGHT_CLOCK, type DeviceClock } from 'src/modules/geofences/device-clock';
import type { StoredFix } from 'src/modules/geofences/geofences.entities';
import type { Fix } from 'src/modules/geofences/geofences.matcher';

/** How far a user's fixes have been followed, and the last of them. */
export interface Cursor {
  fixAt: Date | null;
  last: Fix | undefined;
  /** When the two before that were recorded, oldest first. */
  before: Date[];
  clock: DeviceClock;
}

/** How far people have been followed; the lock of all that is known of somebody at fences. */
@Injectable()
export class CursorsRepository {
  constructor(private readonly db: Database) {}

  /** Locks all that is known of the user's fences; gives how far his fixes have been followed, or undefined if he never had a fence. */
  async lock(userId: string): Promise<Cursor | undefined> {
    const sql = 'SELECT fix_at, last_fix, clock FROM geofence_cursors WHERE user_id = $1 FOR UPDATE';
    const [row] = await this.db.query<CursorRow>(sql, [userId]);
    const last = row?.last_fix ? fromStored(row.last_fix) : undefined;
    const before = row?.last_fix?.before?.map((at) => new Date(at)) ?? [];
    return row && { fixAt: row.fix_at, last, before, clock: row.clock ?? RIGHT_CLOCK };
  }

  /** The same for a user who is about to have his first fence, perhaps. */
  async lockOrBegin(userId: string): Promise<Cursor> {
    const sql = `INSERT INTO geofence_cursors (user_id) VALUES ($1) ON CONFLICT DO NOTHING`;
    await this.db.query(sql, [userId]);
    return (await this.lock(userId))!;
  }

  /** Fixes up to this one are done with; `before` is when others before it were recorded, oldest first. */
  async followed(userId: string, last: Fix, before: Date[], clock: DeviceClock): Promise<void> {
    const stored = { ...toStored(last), before: before.slice(-2).map((at) => at.getTime()) };
    const sql = 'UPDATE geofence_cursors SET fix_at = $2, last_fix = $3, clock = $4 WHERE user_id = $1';
    await this.db.query(sql, [userId, last.recordedAt, JSON.stringify(stored), JSON.stringify(clock)]);
  }

  /** Nobody follows the user any more: where he was last is forgotten. */
  async forgetLast(userId: string): Promise<void> {
    await this.db.query('UPDATE geofence_cursors SET last_fix = NULL WHERE user_id = $1', [userId]);
  }
}

interface CursorRow {
  fix_at: Date | null;
  last_fix: StoredFix | null;
  clock: DeviceClock | null;
}

const toStored = ({ id, latitude, longitude, accuracy, recordedAt }: Fix): StoredFix => ({
  id,
  latitude,
  longitude,
  accuracy,
  at: recordedAt.getTime(),
});
const fromStored = ({ at, before: _, ...fix }: StoredFix): Fix => ({ ...fix, recordedAt: new Date(at) });
