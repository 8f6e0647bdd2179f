import { Client } from 'pg';

/** How far apart the numbers of two copies' rows lie. */
const APART = 1_000_000;

interface Column {
  table: string;
  name: string;
  type: string;
  /** It names a row, of this table or another. */
  isKey: boolean;
  /** The unique indexes that it is in. */
  indexes: string[];
}

const COLUMNS = `
  SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, NULL) AS type, 
    a.attname ~ '(^|_)id$' OR EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f' AND a.attnum = ANY (f.conkey)) AS "isKey",
    ARRAY(SELECT i.indexrelid::text FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND (a.attnum = ANY (i.indkey)
      OR EXISTS (SELECT FROM pg_depend d WHERE d.objid = i.indexrelid AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))) AS indexes
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  ORDER BY c.relname, a.attnum`;

/**
 * Puts copies of all that is in a database beside it, which know of each other as little as two towns do: each copy of a row names copies
 * of the rows that it named. What is in tables of `once` there is once.
 */
export async function multiply(databaseUrl: string, copies: number, once: string[]): Promise<void> {
  const db = new Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    const { rows } = await db.query<Column>(COLUMNS, [once]);
    // nor are foreign keys looked at
    await db.query('SET session_replication_role = replica');
    for (const table of new Set(rows.map((column) => column.table))) {
      const columns = rows.filter((column) => column.table === table);
      const names = columns.map(({ name }) => `"${name}"`).join(', ');
      const values = columns.map((column) => (differs(column, columns) ? another(column) : `"${column.name}"`)).join(', ');
      await db.query(`INSERT INTO "${table}" (${names}) OVERRIDING SYSTEM VALUE
        SELECT ${values} FROM "${table}", generate_series(1, ${copies}) AS copy`);
    }
    await db.query('ANALYZE');
  } finally {
    await db.end();
  }
} // oxfmt-ignore

const namesRows = ({ isKey, name }: Column) => isKey && name !== 'tenant_id';

/** Whether a column is another in each copy: it names a row, or is in a unique index in which nothing else does. */
function differs(column: Column, columns: Column[]): boolean {
  const settled = columns.filter(namesRows).flatMap(({ indexes }) => indexes);
  return namesRows(column) || (column.name !== 'tenant_id' && column.indexes.some((index) => !settled.includes(index)));
}

/** The value that stands for a column's in a copy, in SQL; the same wherever that value stands. */
function another({ name, type }: Column): string {
  if (type === 'uuid') return `overlay(overlay(md5("${name}"::text || copy) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid`;
  if (type === 'bigint' || type === 'integer') return `"${name}" + copy * ${APART}`;
  if (type === 'bytea') return `"${name}" || int4send(copy)`;
  if (type === 'text' || type === 'character varying') return `"${name}" || copy`;
  return `"${name}"`;
} // oxfmt-ignore
