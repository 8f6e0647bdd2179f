import { Injectable } from '@nestjs/common';
import { currentContext, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { GroupCommit, type Outcome } from 'src/core/database/group-commit';
import { AppError } from 'src/core/errors/app-error';
import type { Place } from 'src/core/geo/sphere';
import { ReadsService, toRead } from 'src/modules/location/reads.service';
import { PointsIntake, type Arrival } from 'src/modules/location/points.intake';
import { LocationAccess } from 'src/modules/location/location.access';
import {
  toPositionView,
  type Fix,
  type LocationRow,
  type Neighbour,
  type Point,
  type PositionView,
} from 'src/modules/location/location.dto';
import { NoPosition, NotShared } from 'src/modules/location/location.errors';
import { PointsRepository } from 'src/modules/location/points.repository';

/** Where people are and were. Concurrent points share one transaction; each is acknowledged only after its commit. */
@Injectable()
export class LocationService {
  private readonly arrivals = new GroupCommit<Arrival, LocationRow>(
    async (arrivals) => (await this.db.tx(() => this.intake.store(arrivals)))(),
    { batch: 2048, queue: 50_000 },
  );

  constructor(
    private readonly db: Database,
    private readonly intake: PointsIntake,
    private readonly points: PointsRepository,
    private readonly access: LocationAccess,
    private readonly reads: ReadsService,
  ) {}

  /**
   * The one door for points of a user: each becomes his live position if it is the newest by the time of its recording, and goes into
   * his history if he keeps one. An outcome for each, in the order given; one refused keeps no other out. Sent again under the same
   * `clientId` within a day, a point is answered with the first one; another place or time: `idempotency.mismatch`. Throws only if
   * nothing could be stored because the database is away.
   */
  async record(userId: string, points: Point[]): Promise<Outcome<LocationRow>[]> {
    const arrivedAt = Date.now();
    const context = currentContext();
    const outcomes = new Array<Outcome<LocationRow>>(points.length);
    const timeOf = (place: number) => points[place]!.recordedAt?.getTime() ?? arrivedAt;
    // They may need more than one commit: oldest first, none of them is late for having been sent together with a newer one.
    const places = points.map((_, place) => place).sort((a, b) => timeOf(a) - timeOf(b));
    const arrivals = places.map((place) => ({ userId, point: points[place]!, arrivedAt, context }));
    const stored = await this.arrivals.submitAll(arrivals);
    stored.forEach((outcome, index) => (outcomes[places[index]!] = outcome));
    const [first] = outcomes;
    if (first && !first.ok && outcomes.every((one) => !one.ok && !(one.error instanceof AppError))) throw first.error;
    return outcomes;
  }

  /** The same for one point, as most come, by a shorter way; throws why it was refused. */
  recordOne(userId: string, point: Point): Promise<LocationRow> {
    return this.arrivals.submit({ userId, point, arrivedAt: Date.now(), context: currentContext() });
  }

  /** The caller's own position. Throws `location.no_position`. */
  async current({ userId }: Principal): Promise<PositionView> {
    const row = await this.points.live(userId);
    if (!row) throw NoPosition();
    return toPositionView(row, null, this.access.ageLimits);
  }

  /** Somebody's position, if a live share lets the caller see it. Throws `location.not_shared`, `location.no_position`. */
  async currentOf(user: Principal, ownerId: string): Promise<PositionView> {
    if (ownerId === user.userId) return this.current(user);
    const [seen] = await this.access.visible({ ownerIds: [ownerId], viewerId: user.userId });
    if (seen) {
      if (seen.position.state !== 'paused') await this.reads.note([{ ...toRead(seen), exit: 'rest' }]);
      return seen.position;
    }
    throw (await this.access.isShared(ownerId, user.userId)) ? NoPosition() : NotShared();
  }

  /**
   * For rules that serve the user himself: his newest position, if it is worth believing, and how many milliseconds old it is.
   */
  async latest(userId: string): Promise<{ fix: Fix; ageMs: number } | undefined> {
    const row = await this.points.live(userId);
    if (!row || row.flags) return undefined;
    return { fix: toFix({ ...row, id: row.location_id }), ageMs: row.at.getTime() - row.recorded_at.getTime() };
  }

  /**
   * From now on a feature is told of the user: of each point worth believing by `location.recorded`, to be read with `fixesAfter` and
   * to be let go with `doneWithFixes`; or, with `moves`, of his newest position by `location.moved`, without any promise.
   */
  follow = (userId: string, feature: string, wants: 'fixes' | 'moves'): Promise<void> =>
    this.points.follow(userId, feature, wants);

  unfollow = (userId: string, feature: string): Promise<void> =>
    this.db.tx(() => this.points.unfollow(userId, feature));

  /** For rules that serve the user himself: up to `limit` of his points recorded after a moment, oldest first, and when each arrived. */
  async fixesAfter(userId: string, moment: Date | null, limit: number): Promise<(Fix & { receivedAt: Date })[]> {
    const rows = await this.points.fixesAfter(userId, moment, limit);
    return rows.map((row) => ({ ...toFix(row), receivedAt: row.received_at }));
  }

  /** The follower of the user's fixes has dealt with those up to a moment. */
  doneWithFixes = (userId: string, until: Date): Promise<void> => this.points.dropFixes(userId, until);

  /** From this age on a position says nothing of the present, in milliseconds. */
  get staleMs(): number {
    return this.access.ageLimits.staleMs;
  }

  /** The cells (`neighbourhood`, about 1 km) that those of the users are in whose position is fresh and not at a private place. */
  async cells(userIds: string[]): Promise<Map<string, Place>> {
    const all = await this.access.neighbours(userIds, null);
    return new Map(all.map(({ user_id, cell }) => [user_id, cell]));
  }

  /** Who those are, and their cells, without those who have blocked the viewer, or whom he has. */
  neighbours = (viewerId: string, userIds: string[]): Promise<Neighbour[]> => this.access.neighbours(userIds, viewerId);
}

const toFix = ({
  id,
  latitude,
  longitude,
  accuracy,
  recorded_at,
}: Pick<LocationRow, 'id' | 'latitude' | 'longitude' | 'accuracy' | 'recorded_at'>): Fix => ({
  id,
  latitude,
  longitude,
  accuracy,
  recordedAt: recorded_at,
});
