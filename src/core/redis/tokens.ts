import type { Cluster, Redis } from 'ioredis';

/** A connection to Redis, or to a cluster, where what is taken together must lie in one `Partition`. */
export type RedisClient = Redis | Cluster;

/** The shared Redis connection for commands, which fail when Redis is away: `@Inject(COMMANDS) redis: RedisClient`. */
export const COMMANDS = Symbol('REDIS_COMMANDS');

/** The shared Redis connection for hints to other processes, which are dropped when Redis is away. */
export const HINTS = Symbol('REDIS_HINTS');
