import { Inject, Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { Place } from 'src/core/geo/sphere';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS } from 'src/core/redis/tokens';

/** Redis knows no places nearer to the poles. */
const FURTHEST_LATITUDE = 85;
const METERS_A_DEGREE = 111_195.08;
/** The nearest so many are looked at. */
const MOST_FOUND = 1000;
/** A rebuild that takes longer may be begun by another node too. */
const REBUILD_MS = 60_000;

/**
 * In which cell everybody is who wants to be found: a geo index in Redis, of places that are coarse already. It only proposes people;
 * who is shown, and how far away, PostgreSQL decides. Those around the poles are few and are proposed to each other whole.
 */
@Injectable()
export class NearbyIndex {
  constructor(
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: Redis,
  ) {}

  async put(places: Map<string, Place>): Promise<void> {
    const polar = [...places].filter(([, { latitude }]) => Math.abs(latitude) > FURTHEST_LATITUDE).map(([id]) => id);
    const known = new Map(places);
    polar.forEach((userId) => known.delete(userId));
    const writes = this.redis.pipeline();
    if (polar.length) writes.sadd(this.polar, ...polar).zrem(this.geo, ...polar);
    if (known.size)
      writes
        .geoadd(this.geo, ...[...known].flatMap(([id, { latitude, longitude }]) => [longitude, latitude, id]))
        .srem(this.polar, ...known.keys());
    await writes.exec();
  }

  async remove(userIds: string[]): Promise<void> {
    if (userIds.length)
      await this.redis
        .pipeline()
        .zrem(this.geo, ...userIds)
        .srem(this.polar, ...userIds)
        .exec();
  }

  /** The users whose cells lie about so many metres around a place, nearest first. */
  async around({ latitude, longitude }: Place, metres: number): Promise<string[]> {
    const found: string[] = [];
    const reach = Math.abs(latitude) + metres / METERS_A_DEGREE;
    if (reach > FURTHEST_LATITUDE) found.push(...(await this.redis.smembers(this.polar)));
    // from beyond what Redis knows, its edge is looked at as widely as it is near
    const inside = Math.max(-FURTHEST_LATITUDE, Math.min(FURTHEST_LATITUDE, latitude));
    const off = Math.abs(latitude - inside) * METERS_A_DEGREE;
    const radius = off ? wholeCap(metres + off) : metres;
    const near = await this.redis.geosearch(
      this.geo,
      'FROMLONLAT',
      longitude,
      inside,
      'BYRADIUS',
      radius,
      'm',
      'ASC',
      'COUNT',
      MOST_FOUND,
    );
    return [...new Set([...found, ...(near as string[])])];
  }

  /** Whether the index is whole; false after Redis has come back empty. */
  async isReady(): Promise<boolean> {
    return (await this.redis.exists(this.ready)) === 1;
  }

  /** True for the one who is to fill the index. */
  async claimRebuild(): Promise<boolean> {
    return (await this.redis.set(this.rebuilding, '1', 'PX', REBUILD_MS, 'NX')) === 'OK';
  }

  async rebuilt(): Promise<void> {
    await this.redis.pipeline().set(this.ready, '1').del(this.rebuilding).exec();
  }

  private get geo() {
    return this.keys.key('nearby', 'geo');
  }
  private get polar() {
    return this.keys.key('nearby', 'polar');
  }
  private get ready() {
    return this.keys.key('nearby', 'ready');
  }
  private get rebuilding() {
    return this.keys.key('nearby', 'rebuilding');
  }
}

/** Around a pole every longitude is near: the circle of latitude 85° is 3,400 km long. */
const wholeCap = (metres: number) => Math.max(metres, 1_200_000);
