import { Inject, Injectable } from '@nestjs/common';
import type { Place } from 'src/core/geo/sphere';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';

/** Redis knows no places nearer to the poles. */
const FURTHEST_LATITUDE = 85;
const METERS_A_DEGREE = 111_195.08;
/** The nearest so many are looked at. */
const MOST_FOUND = 1000;
/** Circles are searched from this size on, in metres. */
const FIRST_REACH_M = 6000;
/** Redis rounds places by up to a metre, and thinks the Earth larger by a part in 3,500. */
const GRAIN_M = 2;
const ROUNDING = 1.001;
/** If nothing is heard of a filling for so long, it is to be begun anew. */
const FILLING_MS = 60_000;

/** Somebody who may be around, and how many metres away his cell is at least: less than 0 says nothing. */
export interface Proposal {
  userId: string;
  atLeast: number;
}

/**
 * In which cell everybody is who wants to be found: a geo index in Redis, of places that are coarse already. It only proposes people;
 * who is shown, and how far away, PostgreSQL decides. Those around the poles are few and are proposed to each other whole.
 */
@Injectable()
export class NearbyIndex {
  constructor(
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
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

  /** Whose cells lie within so many metres of a place, and perhaps a few whose cells don't; of all, if the index was whole before. */
  async around({ latitude, longitude }: Place, metres: number): Promise<{ proposals: Proposal[]; isWhole: boolean }> {
    const isPolar = Math.abs(latitude) + metres / METERS_A_DEGREE > FURTHEST_LATITUDE;
    // from beyond what Redis knows, its edge is looked at as widely as it is near
    const inside = Math.max(-FURTHEST_LATITUDE, Math.min(FURTHEST_LATITUDE, latitude));
    const off = Math.abs(latitude - inside) * METERS_A_DEGREE;
    const radius = off ? wholeCap(metres + off) : metres;
    const [{ near, isWhole }, polar] = await Promise.all([
      this.nearest(longitude, inside, radius * ROUNDING + GRAIN_M),
      isPolar ? this.redis.smembers(this.polar) : [],
    ]);
    const known = new Map(polar.map((userId) => [userId, -1]));
    for (const [userId, distance] of near) known.set(userId, (Number(distance) - GRAIN_M) / ROUNDING - off);
    return { proposals: Array.from(known, ([userId, atLeast]) => ({ userId, atLeast })), isWhole };
  }

  /**
   * The nearest within a circle, and their metres. Redis gathers a circle whole before it takes the nearest: smaller ones first, for one
   * that holds enough holds them.
   */
  private async nearest(longitude: number, latitude: number, radius: number) {
    let isWhole = true;
    for (let reach = Math.min(FIRST_REACH_M, radius); ; reach = Math.min(3 * reach, radius)) {
      const from = ['FROMLONLAT', longitude, latitude] as const;
      const within = ['BYRADIUS', reach, 'm', 'ASC', 'COUNT', MOST_FOUND, 'WITHDIST'] as const;
      const asked = this.redis
        .pipeline()
        .exists(this.whole)
        .geosearch(this.geo, ...from, ...within);
      const [exists, found] = (await asked.exec())!.map(resultOf) as [number, [string, string][]];
      isWhole &&= exists === 1;
      if (reach === radius || found.length === MOST_FOUND) return { near: found, isWhole };
    }
  }

  /** Whether the index is whole; false after Redis has come back empty, until it has been filled. */
  async isWhole(): Promise<boolean> {
    return (await this.redis.exists(this.whole)) === 1;
  }

  /** True for the one who is to see that the index is filled; for nobody else while that goes on. */
  async claimFilling(): Promise<boolean> {
    return (await this.redis.set(this.filling, '1', 'PX', FILLING_MS, 'NX')) === 'OK';
  }

  /** It goes on. */
  async keepFilling(): Promise<void> {
    await this.redis.set(this.filling, '1', 'PX', FILLING_MS);
  }

  /** It is done; false if Redis has lost everything meanwhile, or nothing was heard of it for so long. */
  async filled(): Promise<boolean> {
    const [persisted, renamed] = (await this.redis
      .multi()
      .persist(this.filling)
      .rename(this.filling, this.whole)
      .exec())!;
    return !persisted![0] && !renamed![0];
  }

  /** All in one partition: the index is searched whole. */
  private keyOf = (what: string) => this.keys.partitionOf('nearby').key('nearby', what);

  private get geo() {
    return this.keyOf('geo');
  }
  private get polar() {
    return this.keyOf('polar');
  }
  private get whole() {
    return this.keyOf('ready');
  }
  private get filling() {
    return this.keyOf('rebuilding');
  }
}

const resultOf = ([error, result]: [Error | null, unknown]) => {
  if (error) throw error;
  return result;
};

/** Around a pole every longitude is near: the circle of latitude 85° is 3,400 km long. */
const wholeCap = (metres: number) => Math.max(metres, 1_200_000);
