import { Inject, Injectable, Logger } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { setTimeout } from 'node:timers/promises';
import { ENV, type Env } from 'src/config/env';

/** Makes every connection to Redis, and closes them all at the end. */
@Injectable()
export class RedisConnections {
  private readonly logger = new Logger('Redis');
  private readonly open: Redis[] = [];

  constructor(@Inject(ENV) private readonly env: Env) {}

  /** A connection for commands: without Redis they fail within two seconds and are not kept for later. */
  async forCommands(name: string): Promise<Redis> {
    return this.connect(name, { commandTimeout: 2000, maxRetriesPerRequest: 1, enableOfflineQueue: false });
  }

  /** A connection for publishing hints: while Redis is away they are dropped, and nobody is told. */
  async forPublishing(name: string): Promise<Redis> {
    const redis = await this.forCommands(name);
    const publish: (channel: string, message: string) => Promise<number> = redis.publish.bind(redis);
    return Object.assign(redis, {
      publish: (channel: string, message: string) => publish(channel, message).catch(() => 0),
    });
  }

  /** A connection for subscriptions and blocking reads: waits for Redis to come back and subscribes again. */
  async forListening(name: string, options?: { autoResubscribe: boolean }): Promise<Redis> {
    return this.connect(name, { ...options, maxRetriesPerRequest: null });
  }

  private async connect(name: string, options: RedisOptions): Promise<Redis> {
    const redis = new Redis(this.env.REDIS_URL, {
      ...options,
      lazyConnect: true,
      connectionName: `muster-${name}`,
      connectTimeout: 5000,
      disconnectTimeout: 100, // ioredis keeps the process for this long after the end
      retryStrategy: (times) => Math.min(times * 100, 2000),
      // after a failover the same name leads to another, which can be written
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    });
    let down = false;
    let cause: Error | undefined;
    redis.on('error', (error: Error) => {
      cause = error;
      if (!down) this.logger.warn(`${name}: ${error.message || 'not reachable'}`);
      down = true;
    });
    redis.on('ready', () => {
      if (down) this.logger.log(`${name}: connected again`);
      down = false;
    });
    this.open.push(redis);
    await redis.connect().catch((error: unknown) => {
      redis.disconnect();
      throw cause ?? error;
    });
    return redis;
  }

  /** Lets what is on its way arrive, for a second at most; connections that are down are dropped. */
  async close() {
    await Promise.all(
      this.open.map(async (redis) => {
        if (redis.status === 'ready')
          await Promise.race([redis.quit().catch(() => undefined), setTimeout(1000, undefined, { ref: false })]);
        redis.disconnect();
      }),
    );
  }
}
