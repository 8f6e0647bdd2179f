import type { INestApplicationContext } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Database } from 'src/core/database/database';
import { OutboxRelay } from 'src/core/jobs/relay';
import { JobRunner } from 'src/core/jobs/runner';
import { Reception } from 'src/core/realtime/reception';
import { RollCallBeat } from 'src/modules/calls/roll-call.beat';
import { AbstractLogger } from 'typeorm';
import type { TestApp } from 'test/support/boot';

/** Set while something runs that nobody waits for: it may fall into a count or not, as time wills. */
const unawaited = new AsyncLocalStorage<true>();

/** Lets `startCounting` know what the relay, jobs, after-commit work and timers ask of the database. Before the app starts. */
export function markUnawaited(app: INestApplicationContext) {
  const mark = (service: object, name: string) => {
    const method = (Reflect.get(service, name) as (...values: unknown[]) => unknown).bind(service);
    Reflect.set(service, name, (...values: unknown[]) => unawaited.run(true, () => method(...values)));
  };
  mark(app.get(Database, { strict: false }), 'launch');
  mark(app.get(OutboxRelay, { strict: false }), 'wake');
  mark(app.get(OutboxRelay, { strict: false }), 'recover');
  mark(app.get(JobRunner, { strict: false }), 'run');
  mark(app.get(Reception, { strict: false }), 'look');
  mark(app.get(RollCallBeat, { strict: false }), 'beat');
}

/** Counts statements that somebody waits for; the beginnings and ends of transactions do not count. */
class Counter extends AbstractLogger {
  count = 0;
  constructor(private readonly only: RegExp) {
    super();
  }
  override logQuery(sql: string) {
    if (this.only.test(sql) && !unawaited.getStore() && !/^(START TRANSACTION|COMMIT|ROLLBACK)/.test(sql)) this.count++;
  }
  protected override writeLog() {
    // only counts
  }
}

/** Counts from now on the statements that requests and calls make the app run and that match; until `stop`. */
export function startCounting(app: TestApp, only = /./): { readonly count: number; stop(): void } {
  const { source } = app.db;
  const usual = source.logger;
  const counter = new Counter(only);
  source.logger = counter;
  return {
    get count() {
      return counter.count;
    },
    stop: () => void (source.logger = usual),
  };
}

/** How many statements `action` makes PostgreSQL run before it is done; other work of the app does not count. */
export async function countQueries(app: TestApp, action: () => Promise<unknown>): Promise<number> {
  const counter = startCounting(app);
  await action().finally(() => counter.stop());
  return counter.count;
}

class Listener extends AbstractLogger {
  readonly heard: { sql: string; parameters: unknown[] }[] = [];
  override logQuery(sql: string, parameters: unknown[] = []) {
    this.heard.push({ sql, parameters });
  }
  protected override writeLog() {
    // only listens
  }
}

/** How PostgreSQL goes about those statements of `action` that contain a text: what `EXPLAIN` says of each. */
export async function plansOf(app: TestApp, text: string, action: () => Promise<unknown>): Promise<string[]> {
  const { source } = app.db;
  const usual = source.logger;
  const listener = new Listener();
  source.logger = listener;
  await action().finally(() => (source.logger = usual));
  const plans: string[] = [];
  for (const { sql, parameters } of listener.heard.filter((one) => one.sql.includes(text))) {
    const rows = await app.db.query<Record<'QUERY PLAN', string>>(`EXPLAIN ${sql}`, parameters);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  return plans;
}
