import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { createApp, startApp } from 'src/app';
import { readEnv } from 'src/config/env';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Outbox } from 'src/core/jobs/outbox';
import { Presence } from 'src/core/realtime/presence';
import { markUnawaited } from 'test/support/queries';
import { until } from 'test/support/until';

const LONGEST_WORK_SECONDS = 20;

export interface BootOptions {
  roles?: ('api' | 'worker')[];
  env?: Record<string, string>;
  /** Another node of the same system: same database, Redis keys and secrets. */
  beside?: TestApp;
  /** Takes the log in place of stdout. */
  logTo?: NodeJS.WritableStream;
}

/** A real Muster on a database, a Redis prefix and a folder of its own, listening on a free port. */
export class TestApp {
  constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly settings: Record<string, string>,
    /** Removes the database and the folder; `close` does it too. */
    readonly release: () => Promise<void>,
  ) {}

  get = <T>(type: Type<T> | (abstract new (...args: never[]) => T)): T => this.app.get(type, { strict: false });

  get db(): Database {
    return this.get(Database);
  }

  /** Waits until all that has been set going is done: after-commit work, live handlers, the outbox. Needs a worker for the latter. */
  async settle() {
    const isDone = async () => {
      await this.db.settle();
      await this.get(Bus).settle();
      return (await this.get(Outbox).pending()) === 0;
    };
    await until('nothing is left to do', isDone, LONGEST_WORK_SECONDS).catch(async (error: unknown) => {
      const left =
        'SELECT handler, payload, queued_at, attempts FROM outbox WHERE parked_at IS NULL ORDER BY id LIMIT 5';
      throw new Error(`${String(error)}: ${JSON.stringify(await this.db.query(left))}`);
    });
    await this.db.settle();
    await this.get(Bus).settle();
    await this.get(Presence).settle();
  }

  /** Runs a statement as a superuser, outside of the private database. */
  admin = (sql: string) => run(process.env.TEST_DATABASE_URL!, sql);

  async close() {
    await this.app.close();
    await this.release();
  }
}

export async function boot({ roles = ['api', 'worker'], env = {}, beside, logTo }: BootOptions = {}): Promise<TestApp> {
  const own = beside ? undefined : await privatePlace();
  const settings = { ...(beside?.settings ?? own!.settings), ROLES: roles.join(','), ...env };
  const config = readEnv(settings);
  const app = await createApp(config, logTo);
  markUnawaited(app);
  const url = await startApp(app, config);
  return new TestApp(app, url, settings, async () => own?.release());
}

/** A Muster and a second node of it, which answers and does no work. */
export async function bootTwo(): Promise<[TestApp, TestApp]> {
  const app = await boot();
  return [app, await boot({ beside: app, roles: ['api'] })];
}

/** One after the other, so that what others stand beside comes last. */
export async function closeAll(...apps: TestApp[]) {
  for (const app of apps) await app.close();
}

async function privatePlace() {
  const name = `muster_test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const admin = process.env.TEST_DATABASE_URL!;
  await run(admin, `CREATE DATABASE ${name} TEMPLATE ${process.env.TEST_TEMPLATE_DATABASE} STRATEGY FILE_COPY`);
  const home = await mkdtemp(path.join(tmpdir(), 'muster-test-'));
  const settings: Record<string, string> = {
    ENVIRONMENT: 'test',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'fatal',
    PORT: '0',
    MUSTER_HOME: home,
    DATABASE_URL: Object.assign(new URL(admin), { pathname: `/${name}` }).href,
    DATABASE_POOL_SIZE: '4',
    REDIS_URL: process.env.TEST_REDIS_URL!,
    REDIS_CLUSTER: process.env.TEST_REDIS_CLUSTER ?? 'false',
    REDIS_PREFIX: name,
    JWT_SECRET_KEY: 'a secret of the tests, longer than 32 characters',
    BCRYPT_COST: '4',
    RATE_LIMIT_DISABLED: 'true',
    PUSH_BURST_MS: '0',
  };
  const release = async () => {
    await run(admin, `DROP DATABASE ${name} WITH (FORCE)`);
    await rm(home, { recursive: true, force: true });
  };
  return { settings, release };
}

async function run(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
