import { Inject, Injectable } from '@nestjs/common';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { Fanout } from 'src/modules/location/fanout';
import { LocationAccess } from 'src/modules/location/location.access';
import { PointsRepository } from 'src/modules/location/points.repository';
import { SharesRepository } from 'src/modules/location/shares.repository';

/** If nobody knows when it ran last. */
const LOOK_BACK_MS = 30_000;

/** Tells watchers when a position gets old although nothing has happened: they need not guess. */
@Injectable()
export class AgesService {
  constructor(
    private readonly points: PointsRepository,
    private readonly shares: SharesRepository,
    private readonly access: LocationAccess,
    private readonly fanout: Fanout,
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {}

  /**
   * Must run every few seconds on some node: shows anew whose positions have become delayed or stale since it ran last. By the clock of the
   * database, which says how old what is shown is: by one that is ahead of it, they would be shown too early, and not again.
   */
  async tell(at?: number): Promise<void> {
    const now = at ?? (await this.shares.now()).getTime();
    const key = this.keys.key('location', 'aged_until');
    const before = Number((await this.redis.get(key)) ?? now - LOOK_BACK_MS);
    const { delayedMs, staleMs } = this.access.ageLimits;
    const spans = [delayedMs, staleMs].map((age) => ({ after: new Date(before - age), until: new Date(now - age) }));
    await this.fanout.show(await this.points.sharedBetween(spans));
    // only now: what failed is looked at again
    await this.redis.set(key, now);
  }
}
