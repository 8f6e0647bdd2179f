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
  const holder = app.db.source.createQueryRunner();
  await holder.startTransaction();
  try {
    await holder.query(lock.sql, lock.parameters);
    const running: Promise<T>[] = [];
    for (const racer of racers) {
      running.push(racer());
      await until(`${running.length} wait`, async () => (await waiting(app)) >= running.length);
    }
    await holder.commitTransaction();
    return await Promise.all(running);
  } finally {
    await holder.release();
  }
}

async function waiting(app: TestApp): Promise<number> {
  const [row] = await app.db.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return row!.n;
}
