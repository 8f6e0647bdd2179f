import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { hash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { RateLimits } from 'src/core/http/rate-limits';
import { Jobs } from 'src/core/jobs/jobs';
import { Streams } from 'src/core/streams/streams';
import { AppearancesService } from 'src/modules/location/appearances.service';
import type { Neighbour } from 'src/modules/location/location.dto';
import { LocationService } from 'src/modules/location/location.service';
import { bandOf, type Band } from 'src/modules/nearby/nearby.bands';
import type { NearbyQuery, NearbyView, UpdateVisibility, VisibilityView } from 'src/modules/nearby/nearby.dto';
import { AtPrivatePlace, NoFreshPosition, NotVisible } from 'src/modules/nearby/nearby.errors';
import { NearbyIndex, type Proposal } from 'src/modules/nearby/nearby.index';
import { NearbyRepository } from 'src/modules/nearby/nearby.repository';
import { personOfRow } from 'src/modules/users/users.dto';

const FOLLOWER = 'nearby';
const PAGE = 1000;
/** More than are wanted are looked up at once by so many, lest the few who are not shown cost another question. */
const SPARE = 10;
const HOUR_S = 3600;

/** Where in the answer somebody comes: nearer bands first, and within one in no order that says anything. */
interface Rank {
  band: Band;
  order: string;
}
/** As the index has it. */
interface Ranked extends Rank {
  userId: string;
}
/** As it is. */
interface Found extends Rank {
  person: Neighbour;
}

/**
 * People who want to be found find each other. Everybody's place is his cell of about a kilometre, the same for all who ask and
 * however often; distances are told in bands, and within a band in no order. So whatever positions somebody takes, he learns no more
 * than in which cell another is.
 */
@Injectable()
export class NearbyService implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly nearby: NearbyRepository,
    private readonly index: NearbyIndex,
    private readonly location: LocationService,
    private readonly appearances: AppearancesService,
    private readonly limits: RateLimits,
    private readonly jobs: Jobs,
    private readonly streams: Streams,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Who ends all that he shares does not want to be found either, and is told that he can be. */
  onModuleInit() {
    this.appearances.byNearby({
      of: async (userId) => {
        const row = await this.nearby.of(userId);
        return row && { precision: 'neighbourhood', since: row.created_at, expiresAt: row.expires_at };
      },
      end: (userId) => this.change(userId, () => this.hide(userId)),
    });
  }

  async visibility({ userId }: Principal): Promise<VisibilityView> {
    const row = await this.nearby.of(userId);
    return { visible: row !== undefined, expires_at: row?.expires_at?.toISOString() ?? null };
  }

  /** Lets the caller be found, or no longer, at once. */
  async show(user: Principal, { visible, duration_minutes: minutes }: UpdateVisibility): Promise<VisibilityView> {
    if (visible) {
      await this.change(user.userId, async () => {
        await this.nearby.put(user.userId, minutes ?? null);
        await this.location.follow(user.userId, FOLLOWER, 'moves');
      });
      await this.place([user.userId]);
    } else {
      await this.change(user.userId, () => this.hide(user.userId));
    }
    return this.visibility(user);
  }

  /** Changes whether somebody can be found, and tells his devices. */
  private change(userId: string, work: () => Promise<void>): Promise<void> {
    return this.db.tx(async () => {
      await work();
      await this.streams.append(userId, 'account_changed', { part: 'location' });
    });
  }

  /** From the commit on nobody finds him, whatever the index proposes. */
  async hide(userId: string): Promise<void> {
    await this.db.tx(async () => {
      await this.nearby.remove(userId);
      await this.location.unfollow(userId, FOLLOWER);
      this.db.onCommit(() => this.place([userId]));
    });
  }

  /**
   * Who is around the caller now; of those whom the index knows, if it is being filled anew. Throws `nearby.not_visible`,
   * `nearby.no_fresh_position`, `nearby.at_private_place`, `rate_limit.exceeded`.
   */
  async find({ userId }: Principal, { radius_meters: asked, limit }: NearbyQuery): Promise<NearbyView> {
    await this.limits.consume({ name: 'nearby', points: this.env.NEARBY_PER_HOUR, seconds: HOUR_S }, userId);
    const [here, own] = await Promise.all([this.location.latest(userId), this.location.cells([userId])]);
    if (!here || here.ageMs > this.location.staleMs)
      throw (await this.nearby.of(userId)) ? NoFreshPosition() : NotVisible();
    // who could not be found where he is does not find from there
    if (!own.has(userId)) throw (await this.nearby.of(userId)) ? AtPrivatePlace() : NotVisible();
    const radius = bandOf(asked)!.to_meters;
    const { proposals, isWhole: complete } = await this.index.around(here.fix, radius);
    if (!complete) await this.askForFilling();
    const ranked = proposals.flatMap((one) => rankOf(one, userId, radius) ?? []).sort(byRank);
    const found: Found[] = [];
    let [from, to] = [0, limit + SPARE];
    do {
      found.push(...(await this.confirmed(ranked.slice(from, to), userId, here.fix, radius)));
      [from, to] = [to, 2 * to];
    } while (from < ranked.length && found.length < limit);
    const users = found
      .sort(byRank)
      .slice(0, limit)
      .map(({ person, band }) => ({ user: personOfRow(person), distance: band }));
    return { users, radius_meters: radius, complete };
  }

  /**
   * Puts those of the users into the index who want to be found, in the cells that they are in, and takes out the others. Somebody may
   * change his mind meanwhile and be noted elsewhere before this is: what was noted last is compared with what is true after it.
   */
  async place(userIds: string[]): Promise<void> {
    for (let asked = userIds; asked.length;) {
      const visible = await this.nearby.visible(asked);
      const cells = await this.location.cells([...visible]);
      await this.index.put(cells);
      await this.index.remove(asked.filter((id) => !cells.has(id)));
      const now = await this.nearby.visible(asked);
      asked = asked.filter((id) => now.has(id) !== visible.has(id));
    }
  }

  /** Must run now and then: forgets those whose time is over, and sees to an index that has been lost. */
  async tend(): Promise<void> {
    while ((await this.forgetExpired()) === PAGE);
    if (!(await this.index.isWhole())) await this.askForFilling();
  }

  /** Fills the index from PostgreSQL. May run again, or twice at once. */
  async fill(): Promise<void> {
    do {
      for (let above: string | null = null; ;) {
        await this.index.keepFilling();
        const userIds: string[] = await this.nearby.page(above, PAGE);
        if (!userIds.length) break;
        await this.place(userIds);
        above = userIds.at(-1)!;
      }
    } while (!(await this.index.filled()) && !(await this.index.isWhole()));
  }

  /** Some of them; gives how many. Who makes himself visible anew meanwhile waits for it, and stays so. */
  private async forgetExpired(): Promise<number> {
    return this.db.tx(async () => {
      const expired = await this.nearby.removeExpired(PAGE);
      for (const userId of expired) await this.location.unfollow(userId, FOLLOWER);
      this.db.onCommit(() => this.place(expired));
      return expired.length;
    });
  }

  /** Of those whom the index proposes, who may be shown to the caller if he wants to be found as they do, and in which band. */
  private async confirmed(ranked: Ranked[], callerId: string, here: Place, radius: number): Promise<Found[]> {
    const orders = new Map(ranked.map(({ userId, order }) => [userId, order]));
    const ids = [...orders.keys()];
    const [visible, neighbours] = await Promise.all([
      this.nearby.visible([callerId, ...ids]),
      this.location.neighbours(callerId, ids),
    ]);
    if (!visible.has(callerId)) throw NotVisible();
    return neighbours.flatMap((person) => {
      const band = bandOf(distanceMeters(here, person.cell));
      if (!band || band.to_meters > radius || !visible.has(person.user_id)) return [];
      return [{ person, band, order: orders.get(person.user_id)! }];
    });
  }

  /** A worker does it: nobody who asks waits for that. */
  private async askForFilling() {
    if (await this.index.claimFilling()) await this.jobs.enqueue('nearby.fill', {});
  }
}

/** Undefined for the caller himself, and beyond the radius. */
function rankOf({ userId, atLeast }: Proposal, callerId: string, radius: number): Ranked | undefined {
  const band = bandOf(atLeast);
  if (!band || band.to_meters > radius || userId === callerId) return undefined;
  return { userId, band, order: mixed(callerId, userId) };
}

const byRank = (a: Rank, b: Rank) => a.band.to_meters - b.band.to_meters || (a.order < b.order ? -1 : 1);

/** An order that has nothing to do with where anybody is, and is another for each who asks. */
const mixed = (callerId: string, userId: string) => hash('sha256', callerId + userId, 'binary');
