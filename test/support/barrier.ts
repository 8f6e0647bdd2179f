import type { TestApp } from 'test/support/boot';
import { until } from 'test/support/until';

/** A statement that locks something until the end of its transaction. */
export interface Lock {
  sql: string;
  parameters: unknown[];
}

/**
 * Lets several do something at the same moment: takes the lock, starts all of the racers one after the other has come to wait for
 * it, and lets go when all wait. Gives what became of each, in order.
 */
export async function race<T>(app: TestApp, lock: Lock, racers: (() => Promise<T>)[]): Promise<T[]> {
  const running: Promise<T>[] = [];
  await whileLocked(app, lock, async () => {
    for (const racer of racers) {
      running.push(racer());
      await until(`${running.length} wait`, async () => (await waiting(app)) >= running.length);
    }
  });
  return Promise.all(running);
}

/** Takes the lock, lets something be done that comes to wait for it or does not, and lets go. */
export async function whileLocked(app: TestApp, lock: Lock, work: () => Promise<void>): Promise<void> {
  const holder = app.db.source.createQueryRunner();
  await holder.startTransaction();
  try {
    await holder.query(lock.sql, lock.parameters);
    await work();
    await holder.commitTransaction();
  } finally {
    if (holder.isTransactionActive) await holder.rollbackTransaction();
    await holder.release();
  }
}

/** How many statements wait for a lock. */
export async function waiting(app: TestApp): Promise<number> {
  const [row] = await app.db.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return row!.n;
}
