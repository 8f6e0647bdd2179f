import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import {
  toCrossingView,
  toEventView,
  toFence,
  toGeofenceView,
  type CreateGeofence,
  type EventsQuery,
  type Fence,
  type GeofenceEventView,
  type GeofenceView,
  type UpdateGeofence,
} from 'src/modules/geofences/geofences.dto';
import {
  GeofenceEndsInPast,
  GeofenceNotFound,
  InvalidPolygon,
  TooManyGeofences,
} from 'src/modules/geofences/geofences.errors';
import { followAll, initialState, NOTHING_KNOWN, type Fix } from 'src/modules/geofences/geofences.matcher';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { toCrossingRow } from 'src/modules/geofences/chronicle.service';
import { faultOf } from 'src/modules/geofences/polygons';
import { toFixes, type TrialView, type TryGeofence } from 'src/modules/geofences/trials.dto';
import { DwellsService } from 'src/modules/geofences/dwells.service';
import { fenceOf, GeofencesRepository, type GeofenceRow } from 'src/modules/geofences/geofences.repository';
import { watchOf } from 'src/modules/geofences/watch';
import { LocationService } from 'src/modules/location/location.service';
import { z } from 'zod';

const MOST_FENCES = 10_000;

const FOLLOWER = 'geofences';

const Place = z.object({ id: z.int() });

/** A user's fences. They change under the same lock as their states, so a crossing is always one of a fence as it was then. */
@Injectable()
export class GeofencesService {
  constructor(
    private readonly db: Database,
    private readonly fences: GeofencesRepository,
    private readonly dwells: DwellsService,
    private readonly location: LocationService,
  ) {}

  /** A new fence, watched from now on; being inside already is no entry. Throws `geofence.too_many`, `geofence.invalid_polygon`, `geofence.ends_in_past`. */
  async create({ userId }: Principal, draft: CreateGeofence): Promise<GeofenceView> {
    return this.db.tx(async () => {
      const fence = checked(toFence(draft, {}));
      const cursor = await this.fences.lockOrBegin(userId);
      if ((await this.fences.count(userId)) >= MOST_FENCES) throw TooManyGeofences({ limit: MOST_FENCES });
      if (fence.expiresAt && fence.expiresAt <= new Date()) throw GeofenceEndsInPast();
      const id = await this.fences.insert(userId, fence);
      await this.location.follow(userId, FOLLOWER, 'fixes');
      const newest = await this.begin(userId, id, fence);
      // what was before the first fence is nobody's concern
      if (!cursor.fixAt && newest) await this.fences.followed(userId, newest);
      return toGeofenceView(await this.access(userId, id));
    });
  }

  /** The caller's fences, newest first. */
  async list({ userId }: Principal, { limit, cursor }: PageQuery): Promise<Page<GeofenceView>> {
    const rows = await this.fences.list(userId, limit + 1, placeOf(Place, cursor)?.id ?? null);
    const page = toPage(rows, limit, ({ id }) => ({ id }));
    return { ...page, items: page.items.map(toGeofenceView) };
  }

  async get({ userId }: Principal, id: number): Promise<GeofenceView> {
    return toGeofenceView(await this.access(userId, id));
  }

  /** Changes what is given. A fence that is moved, resized or switched on again starts anew, like a new one. */
  async update({ userId }: Principal, id: number, change: UpdateGeofence): Promise<GeofenceView> {
    return this.db.tx(async () => {
      await this.fences.lock(userId);
      const before = fenceOf(await this.access(userId, id));
      const after = checked(shaped(change, before));
      if (change.expires_at && change.expires_at <= new Date()) throw GeofenceEndsInPast();
      await this.fences.update(id, after);
      const moved = (['centerLatitude', 'centerLongitude', 'radiusMeters', 'boundary'] as const).some(
        (key) => before[key] !== after[key],
      );
      if (moved || (after.isActive && !before.isActive)) await this.begin(userId, id, after);
      const row = await this.access(userId, id);
      if (before.dwellSeconds !== after.dwellSeconds) await this.dwells.await([row]);
      return toGeofenceView(row);
    });
  }

  /** Forgets the fence and its events. */
  async remove({ userId }: Principal, id: number): Promise<void> {
    await this.db.tx(async () => {
      await this.fences.lock(userId);
      await this.access(userId, id);
      await this.fences.remove(id);
      if (await this.fences.count(userId)) return;
      await this.location.unfollow(userId, FOLLOWER);
      await this.fences.forgetLast(userId);
    });
  }

  /** The caller's crossings, newest first. */
  async events({ userId }: Principal, query: EventsQuery): Promise<Page<GeofenceEventView>> {
    const below = placeOf(Place, query.cursor)?.id;
    const { geofence_id: geofenceId, event_type: eventType, start: from, end: until } = query;
    const filter = { below, geofenceId, eventType, from, until };
    const rows = await this.fences.events(userId, query.limit + 1, filter);
    const page = toPage(rows, query.limit, ({ id }) => ({ id }));
    return { ...page, items: page.items.map(toEventView) };
  }

  /** What a fence would have told of on a way; nothing is kept. Of silence it knows only what comes before another point. */
  async try({ userId }: Principal, { geofence, geofence_id: id, points }: TryGeofence): Promise<TrialView> {
    const fence = geofence ? checked(toFence(geofence, {})) : fenceOf(await this.access(userId, id!));
    const centre = { latitude: fence.centerLatitude, longitude: fence.centerLongitude };
    const { state, crossings } = followAll(watchOf(fence), NOTHING_KNOWN, toFixes(points));
    const events = crossings.map((crossing) => toCrossingView(toCrossingRow(crossing, centre)));
    return { events, is_inside: state.side === 'unknown' ? null : state.side === 'inside' };
  }

  /** Crossings of which their owners want to be told, in the order in which they happened. */
  async eventsToTell(ids: number[]): Promise<GeofenceEventView[]> {
    return (await this.fences.eventsByIds(ids)).filter(({ notify }) => notify).map(toEventView);
  }

  /** The only way to a fence on a user's behalf; everybody but its owner is told that it does not exist. */
  private async access(userId: string, id: number): Promise<GeofenceRow> {
    const fence = await this.fences.ofUser(userId, id);
    if (!fence) throw GeofenceNotFound({ geofence_id: id });
    return fence;
  }

  /** States where the owner is, silently. Gives his newest position. */
  private async begin(userId: string, id: number, fence: Fence): Promise<Fix | undefined> {
    const newest = await this.location.latest(userId);
    await this.fences.saveStates([{ geofenceId: id, state: initialState(watchOf(fence), newest) }]);
    await this.dwells.await([await this.access(userId, id)]);
    return newest?.fix;
  }
}

/** A polygon that is one. */
function checked(fence: Fence): Fence {
  const fault = fence.boundary ? faultOf(fence.boundary) : undefined;
  if (fault) throw InvalidPolygon({ reason: fault });
  return fence;
}

/** A polygon has no radius to change: who wants a circle says so. */
function shaped(change: UpdateGeofence, before: Fence): Fence {
  const circle = [change.center_latitude, change.center_longitude, change.radius_meters ?? change.radius];
  const given = circle.filter((value) => value !== undefined).length;
  const isPolygon = change.geometry ?? (change.geometry === undefined && before.boundary);
  const becomesCircle = change.geometry === null && before.boundary;
  if (isPolygon ? given > 0 : becomesCircle && given < circle.length)
    throw ValidationFailed({}, [{ field: 'geometry', code: 'either_or' }]);
  return toFence(change, before);
}
