import { AbstractLogger } from 'typeorm';
import type { TestApp } from 'test/support/boot';

/** Counts statements; the beginnings and ends of transactions do not count. */
class Counter extends AbstractLogger {
  count = 0;
  override logQuery(sql: string) {
    if (!/^(START TRANSACTION|COMMIT|ROLLBACK)/.test(sql)) this.count++;
  }
  protected override writeLog() {
    // only counts
  }
}

/** How many statements `action` makes PostgreSQL run. */
export async function countQueries(app: TestApp, action: () => Promise<unknown>): Promise<number> {
  const { source } = app.db;
  const usual = source.logger;
  const counter = new Counter();
  source.logger = counter;
  await action().finally(() => (source.logger = usual));
  return counter.count;
}
