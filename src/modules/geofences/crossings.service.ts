import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { setImmediate } from 'node:timers/promises';
import { boxAroundWay, type Box } from 'src/modules/geofences/boxes';
import { ChronicleService } from 'src/modules/geofences/chronicle.service';
import { CursorsRepository } from 'src/modules/geofences/cursors.repository';
import { afterReceipts } from 'src/modules/geofences/device-clock';
import { DwellsService } from 'src/modules/geofences/dwells.service';
import {
  confirmed,
  dwellDueAt,
  dwellInSilence,
  follow,
  followAll,
  NOTHING_KNOWN,
  type FenceState,
  type Fix,
  type Watch,
} from 'src/modules/geofences/geofences.matcher';
import {
  fenceOf,
  followedOf,
  GeofencesRepository,
  stateOf,
  type FollowedRow,
} from 'src/modules/geofences/geofences.repository';
import { MOST_POSITIONS } from 'src/modules/geofences/polygons';
import { boxAround, watchOf } from 'src/modules/geofences/watch';
import { isOwn, WatchesService } from 'src/modules/geofences/watches.service';
import { LocationService } from 'src/modules/location/location.service';
import type { Sight } from 'src/modules/location/sights.service';

const PAGE = 500;
/** Positions of polygons in memory at once. */
const POSITIONS_AT_ONCE = 20_000;
/** Others get a turn after so many fixes were compared with a position each. */
const TURN = 50_000;

/** Finds out when people cross fences, their own and those that others have drawn for them. */
@Injectable()
export class CrossingsService {
  constructor(
    private readonly db: Database,
    private readonly fences: GeofencesRepository,
    private readonly cursors: CursorsRepository,
    private readonly chronicle: ChronicleService,
    private readonly dwells: DwellsService,
    private readonly watches: WatchesService,
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
   * stated already, or the fence is not as it was when he came, or sees him no more. Before that it sees whatever fixes of his have
   * arrived.
   */
  async dwell(userId: string, geofenceId: number, since: Date): Promise<void> {
    await this.db.tx(async () => {
      while ((await this.evaluatePage(userId)) === PAGE);
      const cursor = await this.cursors.lock(userId);
      const seen = cursor?.last && (await this.seenAt(userId, geofenceId, cursor.last));
      if (!cursor || !seen?.last || !seen.row.is_active || seen.row.since?.getTime() !== since.getTime()) return;
      const { row, watch, last, sight } = seen;
      const { clock } = cursor;
      const now = new Date(Date.now() - clock.behindMs);
      const state = stateOf(row);
      // the clock that woke us is ahead of ours, or the fence asks for longer by now
      if ((dwellDueAt(watch, state) ?? -Infinity) > now.getTime()) return this.dwells.await([row], clock);
      const step = dwellInSilence(watch, state, last, now);
      if (!step.crossings.length) return;
      await this.fences.saveStates(userId, [{ geofenceId, shape: row.shape, state: step.state }]);
      await this.chronicle.keep(
        step.crossings.map((crossing) => ({ fence: row, crossing, sight })),
        clock,
      );
    });
  }

  /** Sets clocks anew for those whom a fence watches. Whoever is being followed at that moment by the fence as it was is waited for. */
  async awaitDwells(geofenceId: number): Promise<void> {
    for (const userId of await this.watches.watchedBy(geofenceId))
      await this.db.tx(async () => {
        const cursor = await this.cursors.lock(userId);
        const seen = cursor?.last && (await this.seenAt(userId, geofenceId, cursor.last));
        if (seen) await this.dwells.await([seen.row], cursor.clock);
      });
  }

  private async evaluatePage(userId: string): Promise<number> {
    const cursor = await this.cursors.lock(userId);
    if (!cursor) return 0;
    const fixes = await this.location.fixesAfter(userId, cursor.fixAt, PAGE);
    const last = fixes.at(-1);
    if (!last) {
      // what came late is not needed, and may be kept nowhere else
      if (cursor.fixAt) await this.location.doneWithFixes(userId, cursor.fixAt);
      return 0;
    }
    const way: Way = { fixes, previous: cursor.last, before: cursor.before };
    const clock = afterReceipts(cursor.clock, fixes);
    const own = await this.fences.active(userId, fixes[0]!.recordedAt, boxOf(way));
    const seen = await this.seen(userId, way);
    const followed = await this.followThrough([...own.map((row): Visit => ({ row, way })), ...seen]);
    const changed = followed.filter(({ row, state }) => !isSame(stateOf(row), state));
    if (changed.length) {
      const states = changed.map(({ row, state }) => ({ geofenceId: row.id, shape: row.shape, state }));
      await this.fences.saveStates(userId, states);
    }
    await this.chronicle.keep(
      followed.flatMap(({ row, sight, crossings }) => crossings.map((crossing) => ({ fence: row, crossing, sight }))),
      clock,
    );
    await this.dwells.await(
      changed
        .filter(({ row, state }) => stateOf(row).since !== state.since)
        .map(({ row, state }) => ({ ...row, ...state, since: new Date(state.since!), fix_at: state.fixAt })),
      clock,
    );
    const times = [...(cursor.last ? [cursor.last] : []), ...fixes.slice(0, -1)].map(({ recordedAt }) => recordedAt);
    await this.cursors.followed(userId, last, [...cursor.before, ...times], clock);
    await this.location.doneWithFixes(userId, last.recordedAt);
    return fixes.length;
  }

  /** The same way as fences see it that others have drawn: what a share does not show is nothing to them, and what it blurs is a blur. */
  private async seen(userId: string, way: Way): Promise<Visit[]> {
    const { rows, sightOf } = await this.watches.seeing(userId, way.fixes[0]!.recordedAt, boxOf(way));
    return rows.flatMap((row) => {
      const sight = sightOf(row);
      const show = (fix: Fix) => (fix.recordedAt < row.seen_since ? undefined : sight.show(fix));
      const fixes = way.fixes.flatMap((fix) => show(fix) ?? []);
      const from = Math.max(+row.seen_since, +sight.begunAt, +row.updated_at);
      const before = way.before.filter((at) => +at >= from);
      return fixes.length ? [{ row, sight, way: { fixes, previous: way.previous && show(way.previous), before } }] : [];
    });
  }

  /** What the ways make known at each fence. One that is moved meanwhile begins anew. */
  private async followThrough(visits: Visit[]) {
    const followed = [];
    let work = 0;
    for (const some of inPieces(visits)) {
      const ids = some.filter(({ row }) => row.is_polygon).map(({ row }) => row.id);
      const boundaries = ids.length ? await this.fences.boundaries(ids) : undefined;
      for (const { row, sight, way } of some) {
        const form = boundaries?.get(row.id);
        if (row.is_polygon && form?.shape !== row.shape) continue;
        const watch = watchOf({ ...followedOf(row), boundary: form?.boundary ?? null });
        const known = knownBefore(row, watch, way, sight);
        followed.push({ row, sight, ...followAll(watch, known, way.fixes, way.previous) });
        work += way.fixes.length * (1 + row.positions);
        if (work < TURN) continue;
        work = 0;
        await setImmediate();
      }
    }
    return followed;
  }

  /** A fence, and a fix of the user's as it sees that. */
  private async seenAt(userId: string, geofenceId: number, fix: Fix) {
    const one = await this.fences.one(userId, geofenceId);
    if (!one) return undefined;
    const [fence, watch] = [fenceOf(one), watchOf(fenceOf(one))];
    if (isOwn(one, userId)) return { row: one, watch, last: fix, sight: undefined };
    const { rows, sightOf } = await this.watches.seeing(userId, fix.recordedAt, boxAround(fence));
    const row = rows.find(({ id, shape }) => id === geofenceId && shape === one.shape);
    return row && { row, watch, last: sightOf(row).show(fix), sight: sightOf(row) };
  }
}

interface Way {
  fixes: Fix[];
  /** The fix before them. */
  previous: Fix | undefined;
  /** When fixes before that were recorded, while the fence was as it is and saw him: two at most, oldest first. */
  before: Date[];
}

/** A fence, the way as it sees that, and by what, if it is one of another. */
interface Visit {
  row: FollowedRow;
  way: Way;
  sight?: Sight;
}

const boxOf = ({ fixes, previous }: Way): Box => boxAroundWay(previous ? [previous, ...fixes] : fixes);

/** The visits, so many at a time that the positions of their fences are not too many. */
function inPieces(visits: Visit[]): Visit[][] {
  const pieces: Visit[][] = [];
  let positions = Infinity;
  for (const visit of visits) {
    const its = visit.row.is_polygon ? visit.row.positions || MOST_POSITIONS : 0;
    positions += its;
    if (positions > POSITIONS_AT_ONCE) {
      pieces.push([]);
      positions = its;
    }
    pieces.at(-1)!.push(visit);
  }
  return pieces;
}

/**
 * What a fence knows at the fix before. It has not been asked about those that were not near it, and one for others knows nothing of
 * somebody until a way comes near; all of them were outside.
 */
function knownBefore(row: FollowedRow, watch: Watch, { previous, before }: Way, sight?: Sight): FenceState {
  const known = stateOf(row);
  const { fixAt } = known;
  const isUnasked = fixAt ? known.provisional && known.side === 'outside' && !known.pending : sight;
  if (!previous || !isUnasked || (fixAt && previous.recordedAt <= fixAt)) return known;
  const { state } = follow(watch, fixAt ? known : NOTHING_KNOWN, previous);
  if (state.side !== 'outside') return state.side === 'unknown' ? known : { ...state, since: state.since! - 1 };
  const at = previous.recordedAt.getTime();
  const newest = state.evidence.at(-1)!;
  // it may be so near the border, or so poor, that it says nothing: those before it do all the same
  const said = newest.at === at ? [newest] : [];
  const unasked = before.filter((moment) => !fixAt || moment > fixAt).map((moment) => ({ ...newest, at: +moment }));
  const evidence = [...known.evidence, ...unasked, ...said];
  const provisional = state.provisional && !confirmed(evidence);
  // a moment earlier: the way may lead through from here
  return { ...state, evidence, provisional, since: fixAt ? state.since : state.since! - 1 };
}

/** Does nothing differ but `fixAt`, for which the cursor answers, unless it still matters which fixes come in a row? */
const isSame = (a: FenceState, b: FenceState) =>
  (!b.provisional || a.fixAt?.getTime() === b.fixAt?.getTime()) &&
  a.side === b.side &&
  a.provisional === b.provisional &&
  a.since === b.since &&
  a.evidence === b.evidence &&
  a.dwelled === b.dwelled &&
  a.pending === b.pending;
