import { Inject, Injectable, Logger } from '@nestjs/common';
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { setTimeout } from 'node:timers/promises';
import { ENV, type Env } from 'src/config/env';
import { dropFailed } from 'src/core/redis/failed';
import { giveUpSilent } from 'src/core/redis/silence';
import type { RedisClient } from 'src/core/redis/tokens';

type Options = RedisOptions & Pick<ClusterOptions, 'shardedSubscribers'>;
type Publish = (channel: string, message: string) => Promise<number>;

/** By way of the node that has the channel's slot: by others what is published later could arrive earlier. */
const PUBLISH = `return redis.call('PUBLISH', KEYS[1], ARGV[1])`;

/** Makes every connection to Redis, and closes them all at the end. */
@Injectable()
export class RedisConnections {
  private readonly logger = new Logger('Redis');
  private readonly open: RedisClient[] = [];

  constructor(@Inject(ENV) private readonly env: Env) {}

  /** A connection for commands: without Redis they fail within two seconds and are not kept for later; what has failed does not happen. */
  async forCommands(name: string): Promise<RedisClient> {
    const options = { commandTimeout: 2000, maxRetriesPerRequest: 1, enableOfflineQueue: false };
    return this.connect(name, options, dropFailed);
  }

  /** A connection for publishing hints: while Redis is away they are dropped, and nobody is told. */
  async forPublishing(name: string): Promise<RedisClient> {
    const redis = await this.forCommands(name);
    const publish: Publish = this.env.REDIS_CLUSTER
      ? (channel, message) => redis.eval(PUBLISH, 1, channel, message) as Promise<number>
      : redis.publish.bind(redis);
    return Object.assign(redis, {
      publish: (channel: string, message: string) => publish(channel, message).catch(() => 0),
    });
  }

  /**
   * A connection for subscriptions and blocking reads: waits for Redis to come back and subscribes again. Here nobody is told that a
   * command has failed before it has, so all are sent again, as BullMQ's workers rely on; a wait for work that it gives up itself it drops
   * with its line.
   */
  async forListening(
    name: string,
    options?: { autoResubscribe: boolean; shardedSubscribers: boolean },
  ): Promise<RedisClient> {
    const redis = await this.connect(name, { ...options, maxRetriesPerRequest: null });
    if (options?.autoResubscribe !== false)
      insistOnSubscriptions(redis, ({ message }) => this.logger.warn(`${name} hears nothing: ${message}`));
    return redis;
  }

  private async connect(name: string, options: Options, prepare?: (redis: RedisClient) => void): Promise<RedisClient> {
    const redis = this.env.REDIS_CLUSTER ? this.cluster(name, options) : this.server(name, options);
    prepare?.(redis);
    let down = false;
    let cause: Error | undefined;
    const failed = (error: Error) => {
      cause = (error as { lastNodeError?: Error }).lastNodeError ?? error;
      if (!down) this.logger.warn(`${name}: ${cause.message || 'not reachable'}`);
      down = true;
    };
    const connected = () => {
      if (down) this.logger.log(`${name}: connected again`);
      down = false;
    };
    redis.on('error', failed);
    redis.on('ready', connected);
    // of one of a cluster's nodes
    redis.on('node error', failed);
    redis.on('+node', (node: Redis) => node.on('ready', connected));
    this.open.push(redis);
    keepUp(redis);
    // a cluster that is not whole yet is asked again, of which the promise of the first time does not hear
    const isReady = new Promise<void>((resolve, reject) => {
      redis.once('ready', resolve);
      redis.connect().catch(reject);
    });
    await isReady.catch((error: unknown) => {
      redis.disconnect();
      throw cause ?? error;
    });
    return redis;
  }

  private server(name: string, { shardedSubscribers: _, ...options }: Options): Redis {
    return new Redis(this.env.REDIS_URL[0]!, {
      ...options,
      ...usual(name),
      lazyConnect: true,
      retryStrategy: pause,
      // after a failover the same name leads to another, which can be written
      reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    });
  }

  private cluster(name: string, { enableOfflineQueue = true, shardedSubscribers, ...options }: Options): Cluster {
    const { protocol, username, password } = new URL(this.env.REDIS_URL[0]!);
    return new Cluster(this.env.REDIS_URL, {
      enableOfflineQueue,
      shardedSubscribers,
      lazyConnect: true,
      clusterRetryStrategy: pause,
      // what asks for a node that is lost asks again each tenth of a second, half a second long; with more, workers hang for good
      maxRedirections: 6,
      retryDelayOnMoved: 20,
      // certificates are for names
      dnsLookup: (address, found) => found(null, address),
      redisOptions: {
        ...options,
        ...usual(name),
        ...(username && { username: decodeURIComponent(username) }),
        ...(password && { password: decodeURIComponent(password) }),
        ...(protocol === 'rediss:' && { tls: {} }),
      },
    });
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

/** Sees to it that a connection heals by itself, and those that BullMQ makes of it. */
function keepUp<Client extends RedisClient>(redis: Client): Client {
  giveUpSilent(redis);
  if (redis instanceof Cluster) settleWhenReady(redis);
  const duplicate = redis.duplicate.bind(redis) as (...how: unknown[]) => RedisClient;
  return Object.assign(redis, { duplicate: (...how: unknown[]) => keepUp(duplicate(...how)) });
}

/**
 * Of a cluster that is not whole when it is asked, the promise of `connect` settles never, although it is asked again and found to be
 * ready; for that promise BullMQ's workers would wait for good.
 */
function settleWhenReady(redis: Cluster) {
  const connect = redis.connect.bind(redis);
  redis.connect = () =>
    new Promise<void>((resolve, reject) => {
      redis.once('ready', resolve);
      connect().then(resolve, (error: Error) => (redis.off('ready', resolve), reject(error)));
    });
}

/**
 * When a line is back ioredis subscribes again by itself, and of a refusal, as by a Redis that has other rules after a failover, nobody
 * would hear but the process, which would end of it. It is asked again until it grants it.
 */
function insistOnSubscriptions(redis: RedisClient, refused: (error: Error) => void) {
  for (const name of ['subscribe', 'psubscribe'] as const) {
    const ask = redis[name].bind(redis) as (...channels: unknown[]) => Promise<unknown>;
    const insist = (...channels: unknown[]) => {
      const asked = ask(...channels);
      asked.catch((error: Error) => {
        if (redis.status === 'end') return;
        refused(error);
        setTimeout(REFUSED_PAUSE_MS, undefined, { ref: false }).then(() => insist(...channels)).catch(() => undefined); // oxfmt-ignore
      });
      return asked;
    };
    Object.assign(redis, { [name]: insist });
  }
}

const REFUSED_PAUSE_MS = 2000;

const usual = (name: string) => ({
  connectionName: `muster-${name}`,
  connectTimeout: 5000,
  keepAlive: 10_000, // of ours; else the system's, of two hours
  disconnectTimeout: 100, // ioredis keeps the process for this long after the end
});

const pause = (times: number) => Math.min(times * 100, 2000);
