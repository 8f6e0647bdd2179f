const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * What PostgreSQL counts of the tables whose names begin with `table` (partitions too) while `work` runs once: `{ read, index }`, rows
 * read by whole scans, and scans of indexes. `pool` asks.
 */
export async function scansOf(pool, table, work) {
  const count = async () => {
    await pause(1_500); // sessions hand in their counts about once a second
    const { rows } = await pool.query(
      `SELECT pg_stat_clear_snapshot(), sum(seq_tup_read)::int AS read, sum(idx_scan)::int AS index FROM pg_stat_user_tables
       WHERE starts_with(relname, $1)`,
      [table],
    );
    return rows[0];
  };
  await work();
  const before = await count();
  await work();
  const after = await count();
  return { read: after.read - before.read, index: after.index - before.index };
}
