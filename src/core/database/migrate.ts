import { createDataSource } from 'src/core/database/data-source';

/** One migration at a time in a database, whoever starts it; the number is arbitrary but must not change. */
const MIGRATION_LOCK = 7_271_001;
const LONGEST_MIGRATION_MS = 30 * 60_000;

/** Brings the schema up to date and returns the names of what was run. Of two at once, the second waits and finds nothing to do. */
export async function migrate(url: string): Promise<string[]> {
  const source = createDataSource({
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: 2,
    DATABASE_TIMEOUT_MS: LONGEST_MIGRATION_MS,
  });
  await source.initialize();
  const lock = source.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await source.runMigrations({ transaction: 'each' });
    return done.map(({ name }) => name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await lock.release();
    await source.destroy();
  }
}
