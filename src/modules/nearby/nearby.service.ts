import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { distanceMeters } from 'src/core/geo/sphere';
import { RateLimits } from 'src/core/http/rate-limits';
import { Jobs } from 'src/core/jobs/jobs';
import { LocationService } from 'src/modules/location/location.service';
import { bandOf } from 'src/modules/nearby/nearby.bands';
import type { NearbyQuery, NearbyView, UpdateVisibility, VisibilityView } from 'src/modules/nearby/nearby.dto';
import { NoFreshPosition, NotVisible } from 'src/modules/nearby/nearby.errors';
import { NearbyIndex } from 'src/modules/nearby/nearby.index';
import { NearbyRepository } from 'src/modules/nearby/nearby.repository';
import { personOfRow } from 'src/modules/users/users.dto';

const FOLLOWER = 'nearby';
const PAGE = 1000;
/** No cell's middle lies further from who is in it; see `precision.ts`. */
const CELL_ERROR_M = 800;
const HOUR_S = 3600;

/**
 * People who want to be found find each other. Everybody's place is his cell of about a kilometre, the same for all who ask and
 * however often; distances are told in bands, and within a band in no order. So whatever positions somebody takes, he learns no more
 * than in which cell another is.
 */
@Injectable()
export class NearbyService {
  constructor(
    private readonly db: Database,
    private readonly nearby: NearbyRepository,
    private readonly index: NearbyIndex,
    private readonly location: LocationService,
    private readonly limits: RateLimits,
    private readonly jobs: Jobs,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async visibility({ userId }: Principal): Promise<VisibilityView> {
    const row = await this.nearby.of(userId);
    return { visible: row !== undefined, expires_at: row?.expires_at?.toISOString() ?? null };
  }

  /** Lets the caller be found, or no longer, at once. */
  async show(user: Principal, { visible, duration_minutes: minutes }: UpdateVisibility): Promise<VisibilityView> {
    if (visible) {
      await this.db.tx(async () => {
        await this.nearby.put(user.userId, minutes ?? null);
        await this.location.follow(user.userId, FOLLOWER, 'moves');
      });
      await this.moved([user.userId]);
    } else {
      await this.hide(user.userId);
    }
    return this.visibility(user);
  }

  async hide(userId: string): Promise<void> {
    await this.db.tx(async () => {
      await this.nearby.remove(userId);
      await this.location.unfollow(userId, FOLLOWER);
    });
    await this.index.remove([userId]);
  }

  /**
   * Who is around the caller now; of those whom the index knows, if it is being filled anew. Throws `nearby.not_visible`,
   * `nearby.no_fresh_position`, `rate_limit.exceeded`.
   */
  async find({ userId }: Principal, { radius_meters: asked, limit }: NearbyQuery): Promise<NearbyView> {
    await this.limits.consume({ name: 'nearby', points: this.env.NEARBY_PER_HOUR, seconds: HOUR_S }, userId);
    const [wants, here] = await Promise.all([this.nearby.of(userId), this.location.latest(userId)]);
    if (!wants) throw NotVisible();
    if (!here || here.ageMs > this.location.staleMs) throw NoFreshPosition();
    const radius = bandOf(asked)!.to_meters;
    const complete = await this.index.isWhole();
    if (!complete) await this.askForFilling();
    const proposed = await this.index.around(here.fix, radius + CELL_ERROR_M);
    const [people, cells] = await Promise.all([this.nearby.people(proposed), this.location.cellsFor(userId, proposed)]);
    const found = people.flatMap((person) => {
      const cell = cells.get(person.user_id);
      const band = cell && bandOf(distanceMeters(here.fix, cell));
      if (person.user_id === userId || !band || band.to_meters > radius) return [];
      return [{ user: personOfRow(person), distance: band, order: mixed(userId, person.user_id) }];
    });
    found.sort((a, b) => a.distance.to_meters - b.distance.to_meters || (a.order < b.order ? -1 : 1));
    const users = found.slice(0, limit).map(({ user, distance }) => ({ user, distance }));
    return { users, radius_meters: radius, complete };
  }

  /** Notes in which cells those of the users are who want to be found. */
  async moved(userIds: string[]): Promise<void> {
    const visible = await this.nearby.visible(userIds);
    const cells = await this.location.cells(visible);
    await this.index.put(cells);
    await this.index.remove(userIds.filter((id) => !cells.has(id)));
  }

  /** Must run now and then: forgets those whose time is over, and sees to an index that has been lost. */
  async tend(): Promise<void> {
    for (const userId of await this.nearby.removeExpired()) await this.hide(userId);
    if (!(await this.index.isWhole())) await this.askForFilling();
  }

  /** Fills the index from PostgreSQL. May run again, or twice at once. */
  async fill(): Promise<void> {
    do {
      for (let above: string | null = null; ;) {
        await this.index.keepFilling();
        const userIds: string[] = await this.nearby.page(above, PAGE);
        if (!userIds.length) break;
        await this.index.put(await this.location.cells(userIds));
        above = userIds.at(-1)!;
      }
    } while (!(await this.index.filled()) && !(await this.index.isWhole()));
  }

  /** A worker does it: nobody who asks waits for that. */
  private async askForFilling() {
    if (await this.index.claimFilling()) await this.jobs.enqueue('nearby.fill', {});
  }
}

/** An order that has nothing to do with where anybody is, and is another for each who asks. */
const mixed = (callerId: string, userId: string) =>
  createHash('sha256')
    .update(callerId + userId)
    .digest('base64');
