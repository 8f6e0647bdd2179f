import {
  Global,
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { Cluster, type Redis } from 'ioredis';
import { ENV, type Env } from 'src/config/env';
import { Database } from 'src/core/database/database';
import { Handlers } from 'src/core/discovery/discovery';
import { Faults } from 'src/core/errors/faults';
import { Bus } from 'src/core/events/bus';
import { HealthController } from 'src/core/health/health.controller';
import { AuthGuard } from 'src/core/http/auth.guard';
import { ErrorFilter } from 'src/core/http/error.filter';
import { FirstAnswers } from 'src/core/http/first-answers';
import { IdempotencySweeper } from 'src/core/http/idempotency';
import { RateLimitGuard } from 'src/core/http/rate-limit.guard';
import { RateLimits } from 'src/core/http/rate-limits';
import { SchemaPipe } from 'src/core/http/schema.pipe';
import { I18n } from 'src/core/i18n/i18n';
import { FailingSchedules } from 'src/core/jobs/failing-schedules';
import { Jobs } from 'src/core/jobs/jobs';
import { Outbox } from 'src/core/jobs/outbox';
import { ParkedWork } from 'src/core/jobs/parked-work';
import { OutboxRelay } from 'src/core/jobs/relay';
import { JobRunner } from 'src/core/jobs/runner';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { Lifecycle } from 'src/core/lifecycle/lifecycle';
import { Metrics } from 'src/core/metrics/metrics';
import { MetricsController } from 'src/core/metrics/metrics.controller';
import { CorePersonalData } from 'src/core/personal-data/core.personal-data';
import { PersonalDataRegister } from 'src/core/personal-data/register';
import { Attention } from 'src/core/realtime/attention';
import { ConnectionCap } from 'src/core/realtime/connection-cap';
import { Handshake } from 'src/core/realtime/handshake';
import { ListedRooms } from 'src/core/realtime/listed-rooms';
import { LostProcesses } from 'src/core/realtime/lost-processes';
import { NodeLink } from 'src/core/realtime/node-link';
import { Presence } from 'src/core/realtime/presence';
import { Realtime } from 'src/core/realtime/realtime';
import { Reception } from 'src/core/realtime/reception';
import { Renewals } from 'src/core/realtime/renewals';
import { SocketRequests } from 'src/core/realtime/requests';
import { Rooms } from 'src/core/realtime/rooms';
import { SlowReaders } from 'src/core/realtime/slow-readers';
import { Untold } from 'src/core/realtime/untold';
import { Isolation } from 'src/core/redis/isolation';
import { RedisKeys } from 'src/core/redis/keys';
import { RedisConnections } from 'src/core/redis/redis';
import { COMMANDS, HINTS, type RedisClient } from 'src/core/redis/tokens';
import { createStorage } from 'src/core/storage/create-storage';
import { KnownObjects } from 'src/core/storage/known-objects';
import { Leftovers } from 'src/core/storage/leftovers';
import { Streams } from 'src/core/streams/streams';
import { Storage } from 'src/core/storage/storage';

const shared = [
  Database,
  Handlers,
  Bus,
  Jobs,
  Outbox,
  ParkedWork,
  Realtime,
  Attention,
  Presence,
  Reception,
  Streams,
  I18n,
  Faults,
  FailingSchedules,
  RateLimits,
  RedisKeys,
  RedisConnections,
  Lifecycle,
  Metrics,
  PersonalDataRegister,
  KnownObjects,
  Leftovers,
  FirstAnswers,
];

/** The ground all features stand on. It knows none of them. */
@Global()
@Module({})
export class CoreModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  static with(env: Env): DynamicModule {
    const redis = (name: 'forCommands' | 'forPublishing') => (connections: RedisConnections) =>
      connections[name]('shared');
    return {
      module: CoreModule,
      imports: [DiscoveryModule],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: ENV, useValue: env },
        { provide: COMMANDS, useFactory: redis('forCommands'), inject: [RedisConnections] },
        { provide: HINTS, useFactory: redis('forPublishing'), inject: [RedisConnections] },
        { provide: Storage, useFactory: () => createStorage(env) },
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_FILTER, useClass: ErrorFilter },
        ...shared,
        ConnectionCap,
        CorePersonalData,
        Handshake,
        IdempotencySweeper,
        Isolation,
        JobRunner,
        ListedRooms,
        LostProcesses,
        NodeLink,
        OutboxRelay,
        Renewals,
        Rooms,
        SlowReaders,
        SocketRequests,
        Untold,
        WorkRegistry,
      ],
      exports: [ENV, COMMANDS, HINTS, Storage, ...shared],
    };
  }

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly runner: JobRunner,
    private readonly relay: OutboxRelay,
    private readonly presence: Presence,
    private readonly bus: Bus,
    private readonly lostProcesses: LostProcesses,
    private readonly db: Database,
    private readonly connections: RedisConnections,
    private readonly storage: Storage,
    metrics: Metrics,
    outbox: Outbox,
    failing: FailingSchedules,
    @Inject(COMMANDS) redis: RedisClient,
  ) {
    metrics.gauge('muster_sockets_open', 'Open socket connections of this process', () => presence.connections);
    metrics.gauge('muster_outbox_pending', 'Work that is due and not done', () => outbox.pending());
    metrics.gauge('muster_outbox_parked', 'Work that was given up', () => outbox.parked());
    metrics.gauges(
      'muster_schedule_failures',
      'Runs of a repeated job that failed one after the other',
      'job',
      async () => (await failing.all()).map(({ job, failures }) => [job, failures]),
    );
    metrics.gauge('muster_redis_memory_used_ratio', 'Of the memory that Redis may take; 0 without a limit', () =>
      memoryUsed(redis),
    );
    metrics.gauge('muster_clock_ahead_seconds', 'How far this node’s clock is ahead of PostgreSQL’s', () => ahead(db));
  }

  /** First no new work is taken, and what is under way ends; Nest closes the server and its sockets next. */
  async beforeApplicationShutdown() {
    this.lifecycle.close();
    await Promise.all([this.runner.stop(), this.presence.stop()]);
    await this.relay.stop();
  }

  /** Last, when nothing can call any more, the connections go. */
  async onApplicationShutdown() {
    await this.bus.settle();
    await this.lostProcesses.leave();
    await this.db.close();
    await this.connections.close();
    this.storage.close();
  }
}

/** Of a cluster, where it is most. Above 1 when the limit was lowered below what is used. */
async function memoryUsed(redis: RedisClient): Promise<number> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  return Math.max(0, ...(await Promise.all(servers.map(memoryUsedBy))));
}

async function memoryUsedBy(redis: Redis): Promise<number> {
  const info = await redis.info('memory');
  const read = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return read('maxmemory') && read('used_memory') / read('maxmemory');
}

async function ahead(db: Database): Promise<number> {
  const [row] = await db.query<{ now: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 AS now');
  return Date.now() / 1000 - row!.now;
}
