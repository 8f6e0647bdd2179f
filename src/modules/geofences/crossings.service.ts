import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { currentContext } from 'src/core/context/context';
import { Bus } from 'src/core/events/bus';
import { followAll, type Crossing, type FenceState, type Fix } from 'src/modules/geofences/geofences.matcher';
import { GeofencesRepository, type GeofenceRow, type NewEvent } from 'src/modules/geofences/geofences.repository';
import { LocationService } from 'src/modules/location/location.service';

const PAGE = 500;

/** Finds out when people cross their fences. */
@Injectable()
export class CrossingsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly fences: GeofencesRepository,
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

  private async evaluatePage(userId: string): Promise<number> {
    const cursor = await this.fences.lock(userId);
    if (!cursor) return 0;
    const fixes = await this.location.fixesAfter(userId, cursor.fixAt, PAGE);
    if (!fixes.length) return 0;
    const followed = (await this.fences.active(userId)).map((row) => followThrough(row, fixes));
    const changed = followed.filter(({ before, state }) => !isSame(before, state));
    if (changed.length) await this.fences.saveStates(changed);
    await this.stateCrossings(followed.flatMap(({ events }) => events));
    const until = fixes.at(-1)!.recordedAt;
    await this.fences.followed(userId, until);
    await this.location.doneWithFixes(userId, until);
    return fixes.length;
  }

  private async stateCrossings(events: NewEvent[]) {
    if (!events.length) return;
    events.sort((a, b) => a.recorded_at.getTime() - b.recorded_at.getTime() || a.geofence_id - b.geofence_id);
    const stored = await this.fences.insertEvents(events);
    const context = currentContext();
    const facts = stored.map(({ id, ...of }) => ({ payload: { event_id: id, ...of }, context }));
    await this.bus.publishAll('geofence.crossed', facts);
  }
}

function followThrough(row: GeofenceRow, fixes: Fix[]) {
  const before = stateOf(row);
  const circle = { latitude: row.center_latitude, longitude: row.center_longitude, radius: row.radius_meters };
  const { state, crossings } = followAll(circle, before, fixes);
  return { geofenceId: row.id, before, state, events: crossings.map((crossing) => toEvent(row, crossing)) };
}

const stateOf = (row: GeofenceRow): FenceState => ({
  side: row.side,
  fixAt: row.fix_at,
  pending:
    row.pending_since &&
    ({ since: row.pending_since, locationId: row.pending_location_id!, fixes: row.pending_fixes! } as const),
});

/** Does anything differ but `fixAt`, for which the cursor answers? */
const isSame = (a: FenceState, b: FenceState) => a.side === b.side && a.pending?.fixes === b.pending?.fixes;

const toEvent = (row: GeofenceRow, { type, fix, crossedAt, firstLocationId, distance }: Crossing): NewEvent => ({
  user_id: row.user_id,
  geofence_id: row.id,
  event_type: type,
  latitude: fix.latitude,
  longitude: fix.longitude,
  accuracy: fix.accuracy,
  distance_meters: distance,
  location_id: fix.id,
  first_location_id: firstLocationId,
  recorded_at: fix.recordedAt,
  crossed_at: crossedAt,
});
