import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { boxAroundWay } from 'src/modules/geofences/boxes';
import { ChronicleService } from 'src/modules/geofences/chronicle.service';
import { DwellsService } from 'src/modules/geofences/dwells.service';
import {
  dwellDueAt,
  dwellInSilence,
  followAll,
  type FenceState,
  type Fix,
} from 'src/modules/geofences/geofences.matcher';
import { fenceOf, GeofencesRepository, stateOf, type GeofenceRow } from 'src/modules/geofences/geofences.repository';
import { watchOf } from 'src/modules/geofences/watch';
import { LocationService } from 'src/modules/location/location.service';

const PAGE = 500;

/** Finds out when people cross their fences. */
@Injectable()
export class CrossingsService {
  constructor(
    private readonly db: Database,
    private readonly fences: GeofencesRepository,
    private readonly chronicle: ChronicleService,
    private readonly dwells: DwellsService,
    private readonly location: LocationService,
  ) {}

  /**
   * Follows a user through all his fixes that are newer than the last one followed, in the order of their recording, and states
   * each crossing once: as often as it may run, at once in many places, and in whatever order it is called for new points. Fixes
   * that come later than newer ones are in the history, and raise nothing.
   */
  async evaluate(userId: string): Promise<void> {
    while ((await this.db.tx(() => this.evaluatePage(userId))) === PAGE);
  }

  /**
   * States that a user has stayed in a fence as long as it asks, though his device may be silent; unless he has not, or that is
   * stated already, or the fence is not as it was when he came. Before that it sees whatever fixes of his have arrived.
   */
  async dwell(userId: string, geofenceId: number, since: Date): Promise<void> {
    await this.db.tx(async () => {
      while ((await this.evaluatePage(userId)) === PAGE);
      const last = (await this.fences.lock(userId))?.last;
      const row = await this.fences.ofUser(userId, geofenceId);
      if (!last || !row?.is_active || row.since?.getTime() !== since.getTime()) return;
      const now = new Date();
      const [watch, state] = [watchOf(fenceOf(row)), stateOf(row)];
      // the clock that woke us is ahead of ours, or the fence asks for longer by now
      if ((dwellDueAt(watch, state) ?? -Infinity) > now.getTime()) return this.dwells.await([row]);
      const step = dwellInSilence(watch, state, last, now);
      if (!step.crossings.length) return;
      await this.fences.saveStates([{ geofenceId, state: step.state }]);
      await this.chronicle.keep(step.crossings.map((crossing) => ({ fence: row, crossing })));
    });
  }

  private async evaluatePage(userId: string): Promise<number> {
    const cursor = await this.fences.lock(userId);
    if (!cursor) return 0;
    const fixes = await this.location.fixesAfter(userId, cursor.fixAt, PAGE);
    const [first, last] = [fixes[0], fixes.at(-1)];
    if (!first || !last) return 0;
    const way = boxAroundWay(cursor.last ? [cursor.last, ...fixes] : fixes);
    const rows = await this.fences.active(userId, first.recordedAt, way);
    const followed = rows.map((row) => followThrough(row, fixes, cursor.last));
    const changed = followed.filter(({ before, state }) => !isSame(before, state));
    if (changed.length) await this.fences.saveStates(changed);
    await this.chronicle.keep(
      followed.flatMap(({ row, crossings }) => crossings.map((crossing) => ({ fence: row, crossing }))),
    );
    await this.dwells.await(
      changed
        .filter(({ before, state }) => before.since !== state.since)
        .map(({ row, state }) => ({ ...row, ...state, since: new Date(state.since!), fix_at: state.fixAt })),
    );
    await this.fences.followed(userId, last);
    await this.location.doneWithFixes(userId, last.recordedAt);
    return fixes.length;
  }
}

function followThrough(row: GeofenceRow, fixes: Fix[], previous: Fix | undefined) {
  const before = stateOf(row);
  const { state, crossings } = followAll(watchOf(fenceOf(row)), before, fixes, previous);
  return { row, geofenceId: row.id, before, state, crossings };
}

/** Does nothing differ but `fixAt`, for which the cursor answers? */
const isSame = (a: FenceState, b: FenceState) =>
  a.side === b.side && a.since === b.since && a.dwelled === b.dwelled && a.pending === b.pending;
