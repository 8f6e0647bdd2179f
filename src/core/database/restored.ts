import { createDataSource } from 'src/core/database/data-source';

/** More than was numbered since any backup was made; a number has room for millions of such steps. */
const STEP = 1_000_000_000;
const LONGEST_MS = 30 * 60_000;

/**
 * What was made after a backup is gone when that is restored, but clients hold it by its numbers, and Redis its work and people their
 * links by ids. So that none of these is ever given to something else, all begin far above: who holds more than there is, or did, is
 * told of a `gap`. To be called while no Muster runs; more than once does no harm.
 */
export async function stepOver(url: string): Promise<void> {
  const source = createDataSource({ DATABASE_URL: url, DATABASE_POOL_SIZE: 2, DATABASE_TIMEOUT_MS: LONGEST_MS });
  await source.initialize();
  try {
    await source.transaction(async (db) => {
      await db.query(
        `SELECT setval(sequence, nextval(sequence) + $1)
         FROM (SELECT format('%I.%I', schemaname, sequencename)::regclass AS sequence
           FROM pg_sequences WHERE schemaname = current_schema() AND data_type = 'bigint'::regtype) ids`,
        [STEP],
      );
      await db.query('UPDATE chats SET last_seq = last_seq + $1, trimmed_seq = last_seq + $1', [STEP]);
      // those too who were told something only after the backup
      await db.query(
        `INSERT INTO user_streams AS s (user_id, last_seq, trimmed_seq) SELECT id, $1::bigint, $1::bigint FROM users
         ON CONFLICT (user_id) DO UPDATE SET last_seq = s.last_seq + $1, trimmed_seq = s.last_seq + $1`,
        [STEP],
      );
    });
  } finally {
    await source.destroy();
  }
}
