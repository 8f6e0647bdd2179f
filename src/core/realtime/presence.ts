import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Redis } from 'ioredis';
import { portions } from 'src/core/collections/collections';
import { currentContext, type Context } from 'src/core/context/context';
import { GroupCommit } from 'src/core/database/group-commit';
import { handlerDecorator, Handlers } from 'src/core/discovery/discovery';
import { LiveQueue, type Stated } from 'src/core/events/live-queue';
import { COMMANDS } from 'src/core/redis/tokens';
import { RedisKeys } from 'src/core/redis/keys';

/** A user without connections is offline, one whose connections all say so is away. */
export type Status = 'online' | 'away' | 'offline';

export interface StatusChange {
  userId: string;
  status: Status;
}

const CHANGE = Symbol('OnStatusChange');
const changeDecorator = handlerDecorator<'change'>(CHANGE);

/**
 * A method that takes an array of `StatusChange`: users have become online, away or offline, over all devices and nodes. It runs on
 * the one node that saw it, one call at a time: what gathered meanwhile comes together.
 */
export const OnStatusChange = () => changeDecorator('change');

const BEAT_MS = 15_000;
/** Commands of so many connections are made at once: those of all of them would take as much memory as they do. */
const BEAT_AT_ONCE = 200;
/** Connections of a node that was killed are forgotten after this; with the sweep's 10 s it stays below a minute. */
const ALIVE_MS = 45_000;

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

interface Observation {
  userId: string;
  context: Context;
  act: Status | 'open' | 'close' | 'look';
  connectionId: string;
  /** Unix time, ms. */
  at: number;
}

/** A client that opens more at once has its oldest forgotten. */
const MOST_LOOKED_AT = 200;
const LOOKED_AT_MS = 86_400_000;

interface Own {
  userId: string;
  tenantId: string;
  /** What it has open, oldest first. */
  lookingAt?: Set<string>;
}

/** Which users have an open connection, on any node: a sorted set a user, connection → when to forget it. */
@Injectable()
export class Presence implements OnApplicationBootstrap {
  private readonly logger = new Logger('Presence');
  /** Connection → its user: what this node keeps alive. */
  private readonly own = new Map<string, Own>();
  /** Those that come at once go to Redis together. */
  private readonly questions = new GroupCommit<{ key: string; userIds: string[] }, (string | null)[]>(async (asked) => {
    const pipeline = this.redis.pipeline();
    for (const { key, userIds } of asked) pipeline.hmget(key, ...userIds);
    const replies = await pipeline.exec();
    return asked.map((_, index) => ({
      ok: true,
      value: (replies?.[index]?.[1] as (string | null)[] | undefined) ?? [],
    }));
  });
  private readonly observations = new GroupCommit<Observation, void>(async (all) => {
    const keys = all.map(({ userId, context: { tenantId } }) => this.keysOf({ userId, tenantId }));
    const changes = (await this.redis.eval(
      OBSERVE,
      all.length * 4,
      ...keys.flatMap(({ connections, away, told, due }) => [connections, away, told, due]),
      ALIVE_MS,
      ...all.flatMap(({ userId, act, connectionId, at }) => [userId, act, connectionId, at]),
    )) as (Status | '')[];
    const changed = all.flatMap(({ userId, context }, index): Stated[] => {
      const status = changes[index];
      return status ? [{ payload: { userId, status } satisfies StatusChange, context }] : [];
    });
    if (changed.length) this.listeners.forEach((listener) => listener.push(changed));
    return all.map(() => ({ ok: true, value: undefined }));
  });
  private listeners: LiveQueue[] = [];
  private timer?: NodeJS.Timeout;
  /** How far Redis's clock is ahead of this node's (ms): nodes whose clocks differ must agree on who is there. */
  private skew = 0;

  constructor(
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: Redis,
    private readonly handlers: Handlers,
  ) {}

  async onApplicationBootstrap() {
    this.listeners = this.handlers.of(CHANGE).map((handler) => new LiveQueue(handler));
    await this.readClock();
  }

  async add(userId: string, connectionId: string) {
    this.timer ??= setInterval(() => void this.beat(), BEAT_MS);
    this.own.set(connectionId, { userId, tenantId: currentContext().tenantId });
    await this.observe(userId, 'open', connectionId);
  }

  async remove(userId: string, connectionId: string) {
    const own = this.own.get(connectionId);
    if (!this.own.delete(connectionId)) return;
    await this.observe(userId, 'close', connectionId);
    for (const what of own!.lookingAt ?? []) await this.lookAway(own!, connectionId, what);
  }

  /** A client says whether its user is at it. */
  async mark(userId: string, connectionId: string, status: 'online' | 'away') {
    if (this.own.has(connectionId)) await this.observe(userId, status, connectionId);
  }

  /** A client has opened something, such as `chat:12`, or closed it: its user needs no push of it while he is at that device. */
  async look(connectionId: string, what: string, isOpen: boolean) {
    const own = this.own.get(connectionId);
    if (!own) return;
    if (!isOpen) return this.lookAway(own, connectionId, what);
    const lookingAt = (own.lookingAt ??= new Set());
    const [oldest] = lookingAt;
    if (lookingAt.size >= MOST_LOOKED_AT && !lookingAt.has(what)) await this.lookAway(own, connectionId, oldest!);
    lookingAt.add(what);
    const { looking } = this.keysOf(own);
    await this.redis
      .pipeline()
      .sadd(looking, `${connectionId} ${what}`)
      .pexpire(looking, LOOKED_AT_MS)
      .exec()
      .catch((error: Error) => void this.logger.warn(`not noted: ${error.message}`));
  }

  /** Those of the users who have it open on a device that they are at; none if Redis can't tell. */
  async lookingAt(what: string, userIds: string[]): Promise<Set<string>> {
    const ids = [...new Set(userIds)];
    if (!ids.length) return new Set();
    const asked = this.redis.pipeline();
    for (const { looking, connections, away } of ids.map((id) => this.keysHere(id)))
      asked.smembers(looking).zrangebyscore(connections, this.now(), '+inf').zrange(away, 0, -1);
    const replies = (await asked.exec().catch(() => null)) ?? [];
    const reply = (index: number) => (replies[index]?.[1] ?? []) as string[];
    return new Set(
      ids.filter((_, index) => {
        const open = new Set(reply(index * 3));
        const away = new Set(reply(index * 3 + 2));
        return reply(index * 3 + 1).some((connection) => !away.has(connection) && open.has(`${connection} ${what}`));
      }),
    );
  }

  /** Those of the users who have an open connection; none if Redis can't tell. */
  async online(userIds: string[]): Promise<Set<string>> {
    if (!userIds.length) return new Set();
    const counts = this.redis.pipeline();
    userIds.forEach((userId) => counts.zcount(this.keysHere(userId).connections, this.now(), '+inf'));
    const replies = await counts.exec().catch(() => null);
    return new Set(userIds.filter((_, index) => Number(replies?.[index]?.[1] ?? 0) > 0));
  }

  /** The statuses that were last told; all offline if Redis can't tell. */
  async statuses(userIds: string[]): Promise<Map<string, Status>> {
    if (!userIds.length) return new Map();
    const key = this.keys.key('presence', 'told');
    const told = await this.questions.submit({ key, userIds }).catch(() => []);
    return new Map(userIds.map((userId, index) => [userId, (told[index] as Status | null | undefined) ?? 'offline']));
  }

  /** How many users have an open connection, over all nodes; 0 if Redis can't tell. */
  usersOnline(): Promise<number> {
    return this.redis.hlen(this.keys.key('presence', 'told')).catch(() => 0);
  }

  /** Users with a connection to this node. */
  get users(): number {
    return new Set([...this.own.values()].map(({ userId }) => userId)).size;
  }

  /** Connections of this node. */
  get connections(): number {
    return this.own.size;
  }

  /**
   * Looks at the users whose connections nobody has kept alive, `at` (ms) if not now: those of a killed node are offline. Must run every
   * few seconds on some node.
   */
  async sweep(at?: number) {
    await this.readClock();
    const now = at ?? this.now();
    const late = await this.redis.zrangebyscore(this.keys.key('presence', 'due'), 0, now).catch(() => []);
    await Promise.all(late.map((userId) => this.observe(userId, 'look', '', now)));
  }

  /** Keeps the connections of this node alive, counted from `at` (ms) if not from now. */
  async beat(at?: number) {
    await this.readClock();
    const now = at ?? this.now();
    try {
      for (const some of portions([...this.own], BEAT_AT_ONCE)) await this.keepAlive(some, now);
    } catch (error) {
      this.logger.warn(`not refreshed: ${(error as Error).message}`);
    }
  }

  private async keepAlive(connections: [string, Own][], now: number) {
    const alive = this.redis.pipeline();
    for (const [connectionId, own] of connections) {
      if (!this.own.has(connectionId)) continue; // closed meanwhile
      const keys = this.keysOf(own);
      alive
        .zadd(keys.connections, now + ALIVE_MS, connectionId)
        .zremrangebyscore(keys.connections, 0, now)
        .pexpire(keys.connections, ALIVE_MS)
        .pexpire(keys.away, ALIVE_MS)
        .zadd(keys.due, 'GT', now + ALIVE_MS, own.userId)
        .hsetnx(keys.told, own.userId, 'online'); // Redis may have come back empty
    }
    await alive.exec();
  }

  /**
   * Takes all connections of this node out at once: they are about to be closed. Nobody is told: clients come back on another node
   * before the next sweep, or are told to be offline by it.
   */
  async stop() {
    clearInterval(this.timer);
    const now = this.now();
    const gone = this.redis.pipeline();
    this.own.forEach((own, connectionId) => {
      const { connections, due } = this.keysOf(own);
      gone.zrem(connections, connectionId).zadd(due, now, own.userId);
    });
    this.own.clear();
    await gone.exec().catch(() => undefined);
    await Promise.all(this.listeners.map(({ idle }) => idle));
  }

  private now = () => Math.round(Date.now() + this.skew);

  private async readClock() {
    const time = await this.redis.time().catch(() => undefined);
    if (time) this.skew = Number(time[0]) * 1000 + Number(time[1]) / 1000 - Date.now();
  }

  private async observe(userId: string, act: Observation['act'], connectionId: string, at = this.now()) {
    await this.observations
      .submit({ userId, context: currentContext(), act, connectionId, at })
      .catch((error: Error) => this.logger.warn(`not noted: ${error.message}`));
  }

  private async lookAway(own: Own, connectionId: string, what: string) {
    if (!own.lookingAt?.delete(what)) return;
    await this.redis
      .srem(this.keysOf(own).looking, `${connectionId} ${what}`)
      .catch((error: Error) => void this.logger.warn(`not noted: ${error.message}`));
  }

  private keysHere = (userId: string) => this.keysOf({ userId, tenantId: currentContext().tenantId });

  private keysOf({ userId, tenantId }: { userId: string; tenantId: string }) {
    const key = (...parts: string[]) => this.keys.keyOf(tenantId, 'presence', ...parts);
    return {
      connections: key(userId),
      away: key(userId, 'away'),
      told: key('told'),
      due: key('due'),
      looking: key(userId, 'looking'),
    };
  }
}
