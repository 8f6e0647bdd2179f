import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { portions } from 'src/core/collections/collections';
import { currentContext, type Context, type Principal } from 'src/core/context/context';
import { gathered } from 'src/core/database/group-commit';
import { handlerDecorator, Handlers } from 'src/core/discovery/discovery';
import { LiveQueue, type Stated } from 'src/core/events/live-queue';
import {
  attended,
  connectionOf,
  keepAlive,
  keysHere,
  observe,
  presenceKeys,
  sessionOf,
  type Observation,
  type Owner,
} from 'src/core/realtime/presence-keys';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';

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
/** What is said of so many connections is made at once: of all of them it would take as much memory as they do. */
const BEAT_AT_ONCE = 200;

/** Which users have an open connection, on any node. */
@Injectable()
export class Presence implements OnApplicationBootstrap {
  private readonly logger = new Logger('Presence');
  /** Connection → its user: what this node keeps alive. */
  private readonly own = new Map<string, Owner>();
  /** Those that come at once go to Redis together. */
  private readonly questions = this.keys.inEach(() =>
    gathered((asked: { key: string; userIds: string[] }[]) => this.ask(asked)),
  );
  private readonly observations = this.keys.inEach(() =>
    gathered((all: (Observation & { context: Context })[]) => this.note(all)),
  );
  private listeners: LiveQueue[] = [];
  private timer?: NodeJS.Timeout;
  /** Redis's clock when this process began (Unix time, ms): nodes whose clocks differ, or are set, must agree on who is there. */
  private began = performance.timeOrigin;

  constructor(
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
    private readonly handlers: Handlers,
  ) {}

  async onApplicationBootstrap() {
    this.listeners = this.handlers.of(CHANGE).map((handler) => new LiveQueue(handler));
    await this.readClock();
  }

  async add({ userId, sessionId }: Principal, socketId: string) {
    const connectionId = connectionOf(socketId, sessionId);
    this.timer ??= setInterval(() => void this.beat(), BEAT_MS);
    this.own.set(connectionId, { userId, tenantId: currentContext().tenantId });
    await this.observe(userId, 'open', connectionId);
  }

  async remove({ userId, sessionId }: Principal, socketId: string) {
    const connectionId = connectionOf(socketId, sessionId);
    if (this.own.delete(connectionId)) await this.observe(userId, 'close', connectionId);
  }

  /** A client says whether its user is at it. */
  async mark({ userId, sessionId }: Principal, socketId: string, status: 'online' | 'away') {
    const connectionId = connectionOf(socketId, sessionId);
    if (this.own.has(connectionId)) await this.observe(userId, status, connectionId);
  }

  /** Those of the users who have an open connection; none if Redis can't tell. */
  async online(userIds: string[]): Promise<Set<string>> {
    if (!userIds.length) return new Set();
    const now = this.now();
    const online = await this.keys.divide(userIds, String, async (some) => {
      const counts = this.redis.pipeline();
      some.forEach((userId) => counts.zcount(keysHere(this.keys, userId).connections, now, '+inf'));
      const replies = await counts.exec().catch(() => null);
      return some.map((_, index) => Number(replies?.[index]?.[1] ?? 0) > 0);
    });
    return new Set(userIds.filter((_, index) => online[index]));
  }

  /** Of each of the users, the sessions with an open connection that he is at; none if Redis can't tell. */
  async sessions(userIds: string[]): Promise<Map<string, Set<string>>> {
    const now = this.now();
    const sessions = await this.keys.divide(userIds, String, async (some) => {
      const asked = this.redis.pipeline();
      for (const { connections, away } of some.map((userId) => keysHere(this.keys, userId)))
        asked.zrangebyscore(connections, now, '+inf').zrange(away, 0, -1);
      const replies = (await asked.exec().catch(() => null)) ?? [];
      const reply = (index: number) => (replies[index]?.[1] ?? []) as string[];
      return some.map((_, index) => new Set(attended(reply(index * 2), reply(index * 2 + 1)).map(sessionOf)));
    });
    return new Map(userIds.map((userId, index) => [userId, sessions[index]!]));
  }

  /** The statuses that were last told; all offline if Redis can't tell. */
  statuses(userIds: string[]): Promise<Map<string, Status>> {
    return this.lastTold(userIds, () => []);
  }

  /** The same; throws if Redis can't tell. */
  knownStatuses(userIds: string[]): Promise<Map<string, Status>> {
    return this.lastTold(userIds, (error) => {
      throw error;
    });
  }

  private async lastTold(userIds: string[], failed: (error: Error) => never[]): Promise<Map<string, Status>> {
    if (!userIds.length) return new Map();
    const told = await this.keys.divide(userIds, String, async (some) => {
      const { told: key } = keysHere(this.keys, some[0]!);
      const answers = await this.questions(some[0]!)({ key, userIds: some }).catch(failed);
      return some.map((_, index) => (answers[index] as Status | null | undefined) ?? 'offline');
    });
    return new Map(userIds.map((userId, index) => [userId, told[index]!]));
  }

  /** How many users have an open connection, over all nodes; those of whom Redis can't tell do not count. */
  async usersOnline(): Promise<number> {
    const count = (key: string) => this.redis.hlen(key).catch(() => 0);
    const counts = await Promise.all(this.keys.partitions.map((own) => count(own.key('presence', 'told'))));
    return counts.reduce((sum, some) => sum + some);
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
    const late = (key: string) => this.redis.zrangebyscore(key, 0, now).catch(() => []);
    const all = await Promise.all(this.keys.partitions.map((own) => late(own.key('presence', 'due'))));
    await Promise.all(all.flat().map((userId) => this.observe(userId, 'look', '', now)));
  }

  /** Keeps the connections of this node alive, counted from `at` (ms) if not from now. */
  async beat(at?: number) {
    await this.readClock();
    const now = at ?? this.now();
    await this.keys.divide([...this.own], userOf, async (own) => {
      try {
        for (const some of portions(own, BEAT_AT_ONCE)) await this.keepAlive(some, now);
      } catch (error) {
        this.logger.warn(`not refreshed: ${(error as Error).message}`);
      }
      return own;
    });
  }

  /**
   * Takes all connections of this node out at once: they are about to be closed. Nobody is told: clients come back on another node
   * before the next sweep, or are told to be offline by it.
   */
  async stop() {
    clearInterval(this.timer);
    const now = this.now();
    const leaving = [...this.own];
    this.own.clear();
    await this.keys.divide(leaving, userOf, async (some) => {
      const gone = this.redis.pipeline();
      for (const [connectionId, owner] of some) {
        const { connections, due } = presenceKeys(this.keys, owner);
        gone.zrem(connections, connectionId).zadd(due, now, owner.userId);
      }
      await gone.exec().catch(() => undefined);
      return some;
    });
    await this.settle();
  }

  /** Waits until what has been noted is told: for shutdown and tests. */
  async settle() {
    await Promise.all(this.listeners.map(({ idle }) => idle));
  }

  /** Unix time (ms) by Redis's clock. */
  now = () => Math.round(this.began + performance.now());

  private async readClock() {
    const time = await this.redis.time().catch(() => undefined);
    if (time) this.began = Number(time[0]) * 1000 + Number(time[1]) / 1000 - performance.now();
  }

  private async ask(asked: { key: string; userIds: string[] }[]) {
    const pipeline = this.redis.pipeline();
    for (const { key, userIds } of asked) pipeline.hmget(key, ...userIds);
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, answer]) => {
      if (error) throw error;
      return answer as (string | null)[];
    });
  }

  private async observe(userId: string, act: Observation['act'], connectionId: string, at = this.now()) {
    const context = currentContext();
    await this.observations(userId)({ userId, tenantId: context.tenantId, context, act, connectionId, at }).catch(
      (error: Error) => this.logger.warn(`not noted: ${error.message}`),
    );
  }

  private async note(all: (Observation & { context: Context })[]) {
    const changes = await observe(this.redis, this.keys, all);
    const changed = all.flatMap(({ userId, context }, index): Stated[] => {
      const status = changes[index];
      return status ? [{ payload: { userId, status } satisfies StatusChange, context }] : [];
    });
    if (changed.length) this.listeners.forEach((listener) => listener.push(changed));
    return all.map(() => undefined);
  }

  private async keepAlive(connections: [string, Owner][], now: number) {
    const open = connections.filter(([connectionId]) => this.own.has(connectionId)); // others were closed meanwhile
    if (open.length) await keepAlive(this.redis, this.keys, open, now);
  }
}

const userOf = ([, { userId }]: [string, Owner]) => userId;
