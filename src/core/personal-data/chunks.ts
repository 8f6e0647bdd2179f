import type { Database } from 'src/core/database/database';

/** Rows that one statement changes: few enough that it ends well before its time is up and holds up nobody. */
const CHUNK = 1000;

/**
 * Changes all rows of a table for which `where` holds, some at a time, each lot in a transaction of its own. `change` is
 * `DELETE FROM t` or `UPDATE t SET …`, after which `where` holds no more; both may use `parameters`.
 */
export async function inChunks(db: Database, table: string, change: string, where: string, parameters: unknown[]) {
  // the condition is asked twice: a partitioned table has many rows of one ctid
  const sql = `WITH changed AS (
      ${change} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${where} LIMIT ${CHUNK})) AND ${where} RETURNING 1)
    SELECT count(*)::int AS n FROM changed`;
  for (let n = 1; n > 0;) n = (await db.query<{ n: number }>(sql, parameters))[0]!.n;
}
