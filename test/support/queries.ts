import { AbstractLogger } from 'typeorm';
import type { TestApp } from 'test/support/boot';

/** Counts statements; the beginnings and ends of transactions do not count. */
class Counter extends AbstractLogger {
  count = 0;
  constructor(private readonly only: RegExp) {
    super();
  }
  override logQuery(sql: string) {
    if (this.only.test(sql) && !/^(START TRANSACTION|COMMIT|ROLLBACK)/.test(sql)) this.count++;
  }
  protected override writeLog() {
    // only counts
  }
}

/** Counts from now on the statements that the app runs and that match; until `stop`. */
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

/** How many statements `action` makes PostgreSQL run. */
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
