import { Injectable } from '@nestjs/common';
import { Jobs } from 'src/core/jobs/jobs';
import type { DeviceClock } from 'src/modules/geofences/device-clock';
import { dwellDueAt } from 'src/modules/geofences/geofences.matcher';
import { followedOf, stateOf, type FollowedRow } from 'src/modules/geofences/geofences.repository';
import { timesOf } from 'src/modules/geofences/watch';

/** Sets clocks for those who may be going to stay in a fence. When one rings, the state decides; a clock too many does no harm. */
@Injectable()
export class DwellsService {
  constructor(private readonly jobs: Jobs) {}

  /** The same, once the open transaction has ended, for all whom a fence watches: it asks for another stay, or ends at another moment. */
  awaitAnew = (geofenceId: number): Promise<void> =>
    this.jobs.enqueue('geofence.await_dwells', { geofence_id: geofenceId });

  /**
   * Sets the clock for each of the fences in which somebody whom it watches is and has not yet stayed as long as it asks; his own may be
   * behind.
   */
  async await(rows: FollowedRow[], { behindMs }: DeviceClock): Promise<void> {
    const now = Date.now() - behindMs;
    for (const row of rows) {
      const due = row.is_active ? dwellDueAt(timesOf(followedOf(row)), stateOf(row)) : undefined;
      if (due === undefined) continue;
      const data = { user_id: row.watched_id, geofence_id: row.id, since: row.since!.toISOString() };
      await this.jobs.enqueue('geofence.dwell', data, { delayMs: Math.max(0, due - now) });
    }
  }
}
