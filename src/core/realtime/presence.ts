import { Inject, Injectable, Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { COMMANDS } from 'src/core/redis/tokens';
import { RedisKeys } from 'src/core/redis/keys';

const BEAT_MS = 20_000;
/** Connections of a node that was killed are forgotten after this. */
const ALIVE_MS = 60_000;

/** Which users have an open connection, on any node: a sorted set a user, connection → when to forget it. */
@Injectable()
export class Presence {
  private readonly logger = new Logger('Presence');
  /** Connection → its user's key: what this node keeps alive. */
  private readonly own = new Map<string, string>();
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: Redis,
  ) {}

  async add(userId: string, connectionId: string) {
    this.timer ??= setInterval(() => void this.beat(), BEAT_MS);
    this.own.set(connectionId, this.keyOf(userId));
    await this.keepAlive([connectionId]);
  }

  async remove(userId: string, connectionId: string) {
    this.own.delete(connectionId);
    await this.redis.zrem(this.keyOf(userId), connectionId).catch(() => undefined);
  }

  /** Those of the users who have an open connection; none if Redis can't tell. */
  async online(userIds: string[]): Promise<Set<string>> {
    if (!userIds.length) return new Set();
    const counts = this.redis.pipeline();
    userIds.forEach((userId) => counts.zcount(this.keyOf(userId), Date.now(), '+inf'));
    const replies = await counts.exec().catch(() => null);
    return new Set(userIds.filter((_, index) => Number(replies?.[index]?.[1] ?? 0) > 0));
  }

  /** Connections of this node. */
  get connections(): number {
    return this.own.size;
  }

  /** Takes all connections of this node out at once: they are about to be closed. */
  async stop() {
    clearInterval(this.timer);
    const gone = this.redis.pipeline();
    this.own.forEach((key, connectionId) => gone.zrem(key, connectionId));
    this.own.clear();
    await gone.exec().catch(() => undefined);
  }

  private beat = async () => this.keepAlive([...this.own.keys()]);

  private async keepAlive(connectionIds: string[]) {
    const now = Date.now();
    const alive = this.redis.pipeline();
    for (const connectionId of connectionIds) {
      const key = this.own.get(connectionId);
      if (!key) continue;
      alive
        .zadd(key, now + ALIVE_MS, connectionId)
        .zremrangebyscore(key, 0, now)
        .pexpire(key, ALIVE_MS);
    }
    await alive.exec().catch((error: Error) => this.logger.warn(`not refreshed: ${error.message}`));
  }

  private keyOf(userId: string) {
    return this.keys.key('presence', userId);
  }
}
