import { Cluster, type Redis } from 'ioredis';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import type { TestApp } from 'test/support/boot';

/** The app's own connection, which ends with it. */
export const redisOf = ({ app }: TestApp): RedisClient => app.get<RedisClient>(COMMANDS, { strict: false });

/** A connection to each server that has keys: one, unless Redis is a cluster. */
export function redisServersOf(app: TestApp): Redis[] {
  const redis = redisOf(app);
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}
