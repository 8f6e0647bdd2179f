import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Server } from 'socket.io';
import { ENV, type Env } from 'src/config/env';
import { Database } from 'src/core/database/database';
import { OnJob } from 'src/core/jobs/jobs';
import { Lifecycle } from 'src/core/lifecycle/lifecycle';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';

/**
 * With `ISOLATED_AFTER_SECONDS` as it is by default, and at most 2 s of waiting for Redis, it takes less than 10 s from when it is lost until
 * the node is `draining`.
 */
const LOOK_EVERY_MS = 1000;

/**
 * Finds out whether this node has lost Redis while others have it. Then its clients hear only each other, and are better off at another
 * node: it says that it is `draining`, and breaks their lines. When all have lost Redis nobody else could serve them, and they stay.
 */
@Injectable()
export class Isolation {
  private readonly logger = new Logger('Isolation');
  private lostAt?: number;

  constructor(
    @Inject(ENV) private readonly env: Pick<Env, 'ISOLATED_AFTER_SECONDS'>,
    private readonly db: Database,
    private readonly lifecycle: Lifecycle,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {}

  /** Looks every second, until the server is closed. */
  watch(server: Server) {
    const timer = setInterval(() => void this.look(server), LOOK_EVERY_MS);
    server.httpServer.once('close', () => clearInterval(timer));
    timer.unref();
  }

  /** Through the queues, so that it happens only where a worker has Redis. */
  @OnJob('core.see_redis')
  async see() {
    await this.db.query(
      'INSERT INTO redis_sightings (id, seen_at) VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET seen_at = now()',
    );
  }

  private async look(server: Server) {
    const isolated = !(await this.hasRedis()) && (await this.othersHave());
    if (isolated !== this.lifecycle.isolated)
      this.logger.warn(isolated ? 'Redis is lost here and not elsewhere: clients are sent away' : 'not alone any more');
    this.lifecycle.isolated = isolated;
    // no goodbye: they are to come back, by way of another node
    if (isolated) for (const { conn } of server.sockets.sockets.values()) conn.close();
  }

  private async hasRedis(): Promise<boolean> {
    const asked = performance.now();
    const has = await this.redis.ping().then(() => true, () => false); // oxfmt-ignore
    this.lostAt = has ? undefined : (this.lostAt ?? asked);
    return has;
  }

  /** Only what was seen well after it was lost here counts. */
  private async othersHave(): Promise<boolean> {
    const patience = this.env.ISOLATED_AFTER_SECONDS;
    if (performance.now() - this.lostAt! < patience * 1000) return false;
    const sql = `SELECT FROM redis_sightings WHERE seen_at > now() - $1 * interval '1 second'`;
    return this.db.query(sql, [patience / 2]).then((rows) => rows.length > 0, () => false); // oxfmt-ignore
  }
}
