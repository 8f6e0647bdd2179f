import type { INestApplicationContext } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Client } from 'pg';
import { Database } from 'src/core/database/database';
import { OutboxRelay } from 'src/core/jobs/relay';
import { JobRunner } from 'src/core/jobs/runner';
import { Reception } from 'src/core/realtime/reception';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { RollCallBeat } from 'src/modules/calls/roll-call.beat';
import { AbstractLogger } from 'typeorm';
import type { TestApp } from 'test/support/boot';

/** Set while something runs that nobody waits for, or that is due once in a while: it may fall into a count or not, as time wills. */
const unawaited = new AsyncLocalStorage<true>();

/** Lets `startCounting` know what the relay, jobs, after-commit work and timers ask of the database, and what each minute does. Before the app starts. */
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
  // by the first request of a minute
  mark(app.get(SessionsRepository, { strict: false }), 'touch');
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

export interface Statement {
  sql: string;
  parameters: unknown[];
}
class Listener extends AbstractLogger {
  constructor(private readonly hear: (statement: Statement) => void) {
    super();
  }
  override logQuery(sql: string, parameters: unknown[] = []) {
    this.hear({ sql, parameters });
  }
  protected override writeLog() {
    // only listens
  }
}

/** Tells of each statement that the app runs while `action` does. */
export async function listen(app: TestApp, hear: (statement: Statement) => void, action: () => Promise<unknown>) {
  const { source } = app.db;
  const usual = source.logger;
  source.logger = new Listener(hear);
  await action().finally(() => (source.logger = usual));
}

/** How PostgreSQL goes about those statements of `action` that contain a text: what `EXPLAIN` says of each. */
export async function plansOf(app: TestApp, text: string, action: () => Promise<unknown>): Promise<string[]> {
  const heard: Statement[] = [];
  await listen(app, (statement) => heard.push(statement), action);
  const plans: string[] = [];
  for (const { sql, parameters } of heard.filter((one) => one.sql.includes(text))) {
    const rows = await app.db.query<Record<'QUERY PLAN', string>>(`EXPLAIN ${sql}`, parameters);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  return plans;
}

/** A step of a plan, as PostgreSQL tells it when it has run. */
interface Step {
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  'Actual Loops'?: number;
  Plans?: Step[];
}

/**
 * How many rows of which tables a statement reads in one of its steps, where it uses all indexes that it can. It is run and undone; of one
 * that cannot be run twice nothing is known.
 */
export async function readsOf(db: Client, { sql, parameters }: Statement): Promise<Map<string, number>> {
  const reads = new Map<string, number>();
  const add = (step: Step) => {
    const { 'Relation Name': table, 'Actual Rows': given = 0, 'Rows Removed by Filter': removed = 0 } = step;
    if (table) reads.set(table, Math.max(reads.get(table) ?? 0, (given + removed) * (step['Actual Loops'] ?? 1)));
    step.Plans?.forEach(add);
  };
  // what PostgreSQL prefers among few rows is not asked
  await db.query(`BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL work_mem = 64; SET LOCAL hash_mem_multiplier = 1`);
  try {
    const { rows } = await db.query<{ 'QUERY PLAN': [{ Plan: Step }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
      parameters,
    );
    add(rows[0]!['QUERY PLAN'][0].Plan);
  } catch (error) {
    if (!/duplicate key|foreign key/.test(String(error))) throw error;
  } finally {
    await db.query('ROLLBACK');
  }
  return reads;
}
