import { Injectable } from '@nestjs/common';
import { currentContext, type Context, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { GroupCommit, type Outcome } from 'src/core/database/group-commit';
import { AppError } from 'src/core/errors/app-error';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import { LocationAccess } from 'src/modules/location/location.access';
import {
  toLocationView,
  toPositionView,
  type Fix,
  type LocationRow,
  type LocationView,
  type Point,
  type PositionView,
} from 'src/modules/location/location.dto';
import { NoPosition, NotShared, RecordedInFuture, RecordedTooEarly } from 'src/modules/location/location.errors';
import { PointsRepository, type NewPoint } from 'src/modules/location/points.repository';

/** How far a device's clock may be ahead of ours. */
const FURTHEST_AHEAD_MS = 120_000;
const EARLIEST = new Date('2000-01-01T00:00:00Z');

/** A point and the request it came with. */
interface Arrival {
  point: NewPoint;
  context: Context;
}

/** Where people are and were. Concurrent points share one transaction; each is acknowledged only after its commit. */
@Injectable()
export class LocationService {
  private readonly arrivals = new GroupCommit<Arrival, LocationRow>((arrivals) =>
    this.db.tx(() => this.store(arrivals)),
  );

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly points: PointsRepository,
    private readonly access: LocationAccess,
  ) {}

  /**
   * The one door for points of a user: each is stored in the history, and is his live position from now on if it is the newest by
   * the time of its recording. An outcome for each, in the order given; one refused keeps no other out. Sent again under the same
   * `clientId`, a point is answered with the first one; another place or time: `idempotency.mismatch`. Throws only if nothing
   * could be stored because the database is away.
   */
  async record(userId: string, points: Point[]): Promise<Outcome<LocationView>[]> {
    const arrivedAt = new Date();
    const timeOf = (index: number) => (points[index]!.recordedAt ?? arrivedAt).getTime();
    // They may need more than one commit: oldest first, none of them is late for having been sent together with a newer one.
    const order = points.map((_, index) => index).sort((a, b) => timeOf(a) - timeOf(b));
    const outcomes = new Array<Outcome<LocationView>>(points.length);
    await Promise.all(
      order.map(async (index) => (outcomes[index] = await this.take(userId, points[index]!, arrivedAt))),
    );
    const [first] = outcomes;
    if (first && !first.ok && outcomes.every((one) => !one.ok && !(one.error instanceof AppError))) throw first.error;
    return outcomes;
  }

  /** The same for one point; throws why it was refused. */
  async recordOne(userId: string, point: Point): Promise<LocationView> {
    const [outcome] = await this.record(userId, [point]);
    if (!outcome!.ok) throw outcome!.error;
    return outcome!.value;
  }

  /** The caller's own position. Throws `location.no_position`. */
  async current({ userId }: Principal): Promise<PositionView> {
    const row = await this.points.live(userId);
    if (!row) throw NoPosition();
    return toPositionView(row, null);
  }

  /** Somebody's position, if a live share lets the caller see it. Throws `location.not_shared`, `location.no_position`. */
  async currentOf(user: Principal, ownerId: string): Promise<PositionView> {
    if (ownerId === user.userId) return this.current(user);
    const [seen] = await this.access.visible({ ownerIds: [ownerId], viewerId: user.userId });
    if (seen) return seen.position;
    throw (await this.access.isShared(ownerId, user.userId)) ? NoPosition() : NotShared();
  }

  /** For rules that serve the user himself: his newest position, and how many milliseconds old it is. */
  async latest(userId: string): Promise<{ fix: Fix; ageMs: number } | undefined> {
    const row = await this.points.live(userId);
    return row && { fix: toFix({ ...row, id: row.location_id }), ageMs: row.at.getTime() - row.recorded_at.getTime() };
  }

  /** For rules that serve the user himself: up to `limit` of his points recorded after a moment, oldest first. */
  async fixesAfter(userId: string, moment: Date | null, limit: number): Promise<Fix[]> {
    return (await this.points.after(userId, moment, limit)).map(toFix);
  }

  private async take(userId: string, point: Point, arrivedAt: Date): Promise<Outcome<LocationView>> {
    const recordedAt = point.recordedAt ?? arrivedAt;
    if (recordedAt.getTime() > arrivedAt.getTime() + FURTHEST_AHEAD_MS)
      return { ok: false, error: RecordedInFuture({ ahead_seconds: FURTHEST_AHEAD_MS / 1000 }) };
    if (recordedAt < EARLIEST) return { ok: false, error: RecordedTooEarly({ earliest: EARLIEST.toISOString() }) };
    try {
      const row = await this.arrivals.submit({ point: { ...point, userId, recordedAt }, context: currentContext() });
      // a retry need not know the time that was given to the first one
      if (point.recordedAt && row.recorded_at.getTime() !== recordedAt.getTime()) throw IdempotencyMismatch();
      return { ok: true, value: toLocationView(row) };
    } catch (error) {
      return { ok: false, error: error as Error };
    }
  }

  private async store(arrivals: Arrival[]): Promise<Outcome<LocationRow>[]> {
    const points = arrivals.map(({ point }) => point);
    const rows = await this.points.insert(points);
    const before = await this.storedBefore(points.filter((_, index) => !rows[index]));
    await this.state(arrivals, rows);
    return points.map((point, index) => {
      const row = rows[index] ?? before.get(nameOf(point.userId, point.clientId))!;
      return isSamePlace(row, point) ? { ok: true, value: row } : { ok: false, error: IdempotencyMismatch() };
    });
  }

  private async storedBefore(repeated: NewPoint[]): Promise<Map<string, LocationRow>> {
    const named = repeated.map(({ userId, clientId }) => ({ userId, clientId: clientId! }));
    const rows = named.length ? await this.points.byClientIds(named) : [];
    return new Map(rows.map((row) => [nameOf(row.user_id, row.client_id), row]));
  }

  /** One fact for each user who has new points in the batch. */
  private async state(arrivals: Arrival[], rows: (LocationRow | undefined)[]) {
    const byUser = new Map<string, { ids: number[]; context: Context }>();
    rows.forEach((row, index) => {
      if (!row) return;
      const of = byUser.get(row.user_id) ?? { ids: [], context: arrivals[index]!.context };
      byUser.set(row.user_id, of);
      of.ids.push(row.id);
    });
    const facts = [...byUser].map(([userId, { ids, context }]) => ({
      payload: { user_id: userId, location_ids: ids },
      context,
    }));
    if (facts.length) await this.bus.publishAll('location.recorded', facts);
  }
}

const nameOf = (userId: string, clientId: string | null) => `${userId}:${clientId}`;

const PLACE = ['latitude', 'longitude', 'accuracy', 'altitude', 'speed', 'heading'] as const;
const isSamePlace = (row: LocationRow, point: NewPoint) => PLACE.every((key) => row[key] === point[key]);

const toFix = ({
  id,
  latitude,
  longitude,
  accuracy,
  recorded_at,
}: Omit<LocationRow, 'created_at' | 'client_id'>): Fix => ({
  id,
  latitude,
  longitude,
  accuracy,
  recordedAt: recorded_at,
});
