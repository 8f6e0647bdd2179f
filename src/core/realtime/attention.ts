import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Principal } from 'src/core/context/context';
import { Presence } from 'src/core/realtime/presence';
import { attended, connectionOf, keysHere, presenceKeys } from 'src/core/realtime/presence-keys';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';

/** A client that opens more at once has its oldest forgotten. */
const MOST_OPEN = 200;
const FORGET_MS = 86_400_000;

/** What users have open, such as `chat:12`, and so need no push of while they are at that device. */
@Injectable()
export class Attention implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Attention');
  /** What connections of this node have open, oldest first. */
  private readonly open = new Map<Socket, Set<string>>();

  constructor(
    private readonly presence: Presence,
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {}

  /** A client has opened something. */
  async look(user: Principal, socket: Socket, what: string) {
    if (!socket.connected) return;
    const open = this.open.get(socket) ?? this.meet(user, socket);
    const [oldest] = open;
    if (open.size >= MOST_OPEN && !open.has(what)) await this.lookAway(user, socket, oldest!);
    open.add(what);
    const { looking } = presenceKeys(this.keys, user);
    const now = this.presence.now();
    await this.redis
      .pipeline()
      // what connections of a node that was killed had open, nobody closes
      .zremrangebyscore(looking, '-inf', now - FORGET_MS)
      .zadd(looking, ...[...open].flatMap((one) => [now, lookOf(user, socket, one)]))
      .pexpire(looking, FORGET_MS)
      .exec()
      .catch(this.warn);
  }

  /** A client has closed something. */
  async lookAway(user: Principal, socket: Socket, what: string) {
    if (this.open.get(socket)?.delete(what)) await this.forget(user, socket, [what]);
  }

  /** Those of the users who have it open on a device that they are at; none if Redis can't tell. */
  async lookingAt(what: string, userIds: string[]): Promise<Set<string>> {
    const ids = [...new Set(userIds)];
    if (!ids.length) return new Set();
    const now = this.presence.now();
    const looks = await this.keys.divide(ids, String, async (some) => {
      const asked = this.redis.pipeline();
      for (const { looking, connections, away } of some.map((id) => keysHere(this.keys, id)))
        asked.zrange(looking, 0, -1).zrangebyscore(connections, now, '+inf').zrange(away, 0, -1);
      const replies = (await asked.exec().catch(() => null)) ?? [];
      const reply = (index: number) => (replies[index]?.[1] ?? []) as string[];
      return some.map((_, index) => {
        const open = new Set(reply(index * 3));
        const connections = attended(reply(index * 3 + 1), reply(index * 3 + 2));
        return connections.some((connection) => open.has(`${connection} ${what}`));
      });
    });
    return new Set(ids.filter((_, index) => looks[index]));
  }

  /** What connections had open that are about to be closed has no meaning, and is forgotten by itself. */
  beforeApplicationShutdown() {
    this.open.clear();
  }

  private meet(user: Principal, socket: Socket): Set<string> {
    const open = new Set<string>();
    this.open.set(socket, open);
    socket.once('disconnect', () => {
      if (this.open.delete(socket) && open.size) void this.forget(user, socket, [...open]);
    });
    return open;
  }

  private async forget(user: Principal, socket: Socket, what: string[]) {
    const { looking } = presenceKeys(this.keys, user);
    await this.redis.zrem(looking, ...what.map((one) => lookOf(user, socket, one))).catch(this.warn);
  }

  private warn = (error: Error) => this.logger.warn(`not noted: ${error.message}`);
}

const lookOf = ({ sessionId }: Principal, { id }: Socket, what: string) => `${connectionOf(id, sessionId)} ${what}`;
