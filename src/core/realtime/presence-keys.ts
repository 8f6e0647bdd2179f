import { currentContext } from 'src/core/context/context';
import type { RedisKeys } from 'src/core/redis/keys';
import type { RedisClient } from 'src/core/redis/tokens';

/** Connections of a node that was killed are forgotten after this; with the sweep's 10 s it stays below a minute. */
const ALIVE_MS = 45_000;

export interface Owner {
  userId: string;
  tenantId: string;
}

/** What Redis holds of a user's presence. `told` and `due` are of all users of his tenant in his partition. */
export function presenceKeys(keys: RedisKeys, { userId, tenantId }: Owner) {
  const partition = keys.partitionOf(userId);
  const key = (...parts: string[]) => partition.keyOf(tenantId, 'presence', ...parts);
  return {
    /** His connections, sorted by when to forget them. */
    connections: key(userId),
    /** Those of them at which he is not. */
    away: key(userId, 'away'),
    /** User → the status that was last told, unless it is offline. */
    told: key('told'),
    /** Users, sorted by when to look whether they are still there. */
    due: key('due'),
    /** `<connection> <what is open there>`. */
    looking: key(userId, 'looks'),
  };
}

/** What a connection is called there. */
export const connectionOf = (socketId: string, sessionId: string) => `${socketId}:${sessionId}`;
export const sessionOf = (connection: string) => connection.slice(connection.indexOf(':') + 1);

/** Of a user's open connections those that he is at. */
export function attended(open: string[], away: string[]): string[] {
  const left = new Set(away);
  return open.filter((connection) => !left.has(connection));
}

export const keysHere = (keys: RedisKeys, userId: string) =>
  presenceKeys(keys, { userId, tenantId: currentContext().tenantId });

/** What has happened at a connection. */
export interface Observation extends Owner {
  act: 'open' | 'close' | 'away' | 'online' | 'look';
  connectionId: string;
  /** Unix time, ms. */
  at: number;
}

/**
 * Opens or closes connections, or marks them as away or active, one after the other: of each four keys, and who does what when. Gives
 * for each its user's status if it is another than was last told, else nothing. What is told is kept beside the connections, so that
 * of several nodes exactly one sees each change.
 */
const OBSERVE = `
  local alive = tonumber(ARGV[1])

  local function present(connections, away, now)
    local status = 'offline'
    for _, one in ipairs(redis.call('ZRANGEBYSCORE', connections, '(' .. now, '+inf')) do
      if not redis.call('ZSCORE', away, one) then return 'online' end
      status = 'away'
    end
    return status
  end

  local function observe(connections, away, told, due, user, act, connection, now)
    local status
    if act == 'open' then
      redis.call('ZADD', connections, now + alive, connection)
      redis.call('ZADD', due, 'GT', now + alive, user)
      redis.call('PEXPIRE', connections, alive)
      status = 'online'
    elseif act == 'close' then
      redis.call('ZREM', connections, connection)
      redis.call('ZREM', away, connection)
    elseif act == 'away' then
      redis.call('ZADD', away, 0, connection)
      redis.call('PEXPIRE', away, alive)
    elseif act == 'online' then
      redis.call('ZREM', away, connection)
    end
    status = status or present(connections, away, now)
    local before = redis.call('HGET', told, user) or 'offline'
    if status == 'offline' then
      redis.call('HDEL', told, user)
      redis.call('ZREM', due, user)
    elseif status ~= before then
      redis.call('HSET', told, user, status)
    end
    return status ~= before and status or ''
  end

  local changes = {}
  for i = 1, #KEYS / 4 do
    local k, a = 4 * i - 3, 4 * i - 2
    changes[i] = observe(KEYS[k], KEYS[k + 1], KEYS[k + 2], KEYS[k + 3], ARGV[a], ARGV[a + 1], ARGV[a + 2], tonumber(ARGV[a + 3]))
  end
  return changes`;

/** Writes down what has happened to users of one partition; for each the status that is to be told, or ''. */
export async function observe(redis: RedisClient, keys: RedisKeys, all: Observation[]) {
  const acts = all.flatMap(({ userId, act, connectionId, at }) => [userId, act, connectionId, at]);
  const changes = await redis.eval(OBSERVE, all.length * 4, ...keysOfAll(keys, all), ALIVE_MS, ...acts);
  return changes as ('online' | 'away' | 'offline' | '')[];
}

/** Connections live on: of each four keys, and which it is, of whom. Redis may have come back empty, and then hears of all again. */
const KEEP_ALIVE = `
  local now, alive = tonumber(ARGV[1]), tonumber(ARGV[2])
  for i = 1, #KEYS / 4 do
    local k, connection, user = 4 * i - 3, ARGV[2 * i + 1], ARGV[2 * i + 2]
    redis.call('ZADD', KEYS[k], now + alive, connection)
    redis.call('ZREMRANGEBYSCORE', KEYS[k], 0, now)
    redis.call('PEXPIRE', KEYS[k], alive)
    redis.call('PEXPIRE', KEYS[k + 1], alive)
    redis.call('HSETNX', KEYS[k + 2], user, 'online')
    redis.call('ZADD', KEYS[k + 3], 'GT', now + alive, user)
  end`;

/** Keeps connections of users of one partition alive, counted from `now` (ms). */
export async function keepAlive(
  redis: RedisClient,
  keys: RedisKeys,
  all: [connectionId: string, Owner][],
  now: number,
) {
  const whose = all.flatMap(([connectionId, { userId }]) => [connectionId, userId]);
  const owners = all.map(([, owner]) => owner);
  await redis.eval(KEEP_ALIVE, all.length * 4, ...keysOfAll(keys, owners), now, ALIVE_MS, ...whose);
}

const keysOfAll = (keys: RedisKeys, owners: Owner[]): string[] =>
  owners.flatMap((owner) => {
    const { connections, away, told, due } = presenceKeys(keys, owner);
    return [connections, away, told, due];
  });
