import type { Database } from 'src/core/database/database';

/** Numbered changes in one table, and in another the row of what they are changes of, which says up to which number they are forgotten. */
export interface NumberedLog {
  table: string;
  /** Its column that names what changed; changes are numbered by `seq`, and have `created_at`. */
  of: string;
  heads: string;
  /** Has `trimmed_seq`. */
  key: string;
  type: 'uuid' | 'bigint';
}

/**
 * Forgets up to `limit` changes that are older than so many days, the oldest first, within the open transaction; how many those were.
 * Who asks for them afterwards is told of a gap, for what changes is locked: nothing is numbered or told meanwhile.
 */
export async function forgetOld(db: Database, log: NumberedLog, days: number, limit: number): Promise<number> {
  const { table, of, heads, key, type } = log;
  const old = await db.query<{ id: string | number; seq: number }>(
    `SELECT ${of} AS id, seq FROM ${table} WHERE created_at < now() - $1 * interval '1 day' ORDER BY created_at LIMIT $2`,
    [days, limit],
  );
  const ids = old.map(({ id }) => id);
  await db.query(`SELECT FROM ${heads} WHERE ${key} = ANY($1::${type}[]) ORDER BY ${key} FOR NO KEY UPDATE`, [ids]);
  // what waited for others has a time before its turn, so one lower may stay a while: below what is told it does no harm
  const [row] = await db.query<{ n: number }>(
    `WITH old AS (
       DELETE FROM ${table} c USING unnest($1::${type}[], $2::bigint[]) AS o (id, seq)
       WHERE c.${of} = o.id AND c.seq = o.seq RETURNING c.${of} AS id, c.seq),
     trimmed AS (
       UPDATE ${heads} h SET trimmed_seq = greatest(h.trimmed_seq, o.seq)
       FROM (SELECT id, max(seq) AS seq FROM old GROUP BY id) o WHERE o.id = h.${key})
     SELECT count(*)::int AS n FROM old`,
    [ids, old.map(({ seq }) => seq)],
  );
  return row!.n;
}
