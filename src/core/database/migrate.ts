import { setTimeout } from 'node:timers/promises';
import { createDataSource } from 'src/core/database/data-source';
import type { DataSource } from 'typeorm';

/** One migration at a time in a database, whoever starts it; the number is arbitrary but must not change. */
const MIGRATION_LOCK = 7_271_001;
const LONGEST_MIGRATION_MS = 30 * 60_000;
/**
 * Whatever asks for a table waits behind a migration that waits for it. That ends well before those have waited too long, and the
 * migration comes back later, for a backup may hold all tables for hours.
 */
const LONGEST_WAIT_MS = 1000;
const PAUSE_MS = 2000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Brings the schema up to date and returns the names of what was run. Of two at once, the second waits and finds nothing to do.
 * `onBusy` hears each time that others hold what is to be migrated.
 */
export async function migrate(url: string, onBusy: () => void = () => undefined): Promise<string[]> {
  const settings = { DATABASE_URL: url, DATABASE_POOL_SIZE: 2, DATABASE_TIMEOUT_MS: LONGEST_MIGRATION_MS };
  const source = createDataSource(settings, { lockTimeoutMs: LONGEST_WAIT_MS });
  await source.initialize();
  const lock = source.createQueryRunner();
  try {
    // of a transaction, which has a connection to itself even where a pooler shares them out
    await lock.startTransaction();
    await lock.query('SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    await lock.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const before = await noted(source);
    await insist(() => source.runMigrations({ transaction: 'each' }), onBusy);
    return (await noted(source)).filter((name) => !before.includes(name));
  } finally {
    await lock.commitTransaction().catch(() => undefined);
    await lock.release();
    await source.destroy();
  }
}

async function insist(run: () => Promise<unknown>, onBusy: () => void) {
  const deadline = performance.now() + LONGEST_MIGRATION_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || performance.now() > deadline) throw error;
      onBusy();
      await setTimeout(PAUSE_MS);
    }
  }
}

/** What was run in this database, in order. */
async function noted(source: DataSource): Promise<string[]> {
  const [table] = await source.query<{ is_there: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS is_there`,
  );
  if (!table!.is_there) return [];
  return (await source.query<{ name: string }[]>('SELECT name FROM migrations ORDER BY id')).map(({ name }) => name);
}
