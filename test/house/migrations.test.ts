import { migrations } from 'migrations/index';
import { Client } from 'pg';
import { createDataSource } from 'src/core/database/data-source';
import { migrate } from 'src/core/database/migrate';
import { until } from 'test/support/until';

const name = `muster_migrations_${process.pid}`;
const url = () => Object.assign(new URL(process.env.TEST_DATABASE_URL!), { pathname: `/${name}` }).href;
const source = () => createDataSource({ DATABASE_URL: url(), DATABASE_POOL_SIZE: 2, DATABASE_TIMEOUT_MS: 30_000 });

const admin = (sql: string) => run(process.env.TEST_DATABASE_URL!, sql);
const within = <Row>(sql: string) => run<Row>(url(), sql);
async function run<Row>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}
beforeAll(() => admin(`CREATE DATABASE ${name}`));
afterAll(() => admin(`DROP DATABASE ${name} WITH (FORCE)`));

test('up, down to nothing, up again; then the schema is what the entities say', async () => {
  expect((await migrate(url())).length).toBeGreaterThan(0);
  const db = await source().initialize();
  try {
    while ((await db.query('SELECT id FROM migrations')).length) await db.undoLastMigration({ transaction: 'each' });
    const left = await db.query(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'`,
    );
    expect(left).toEqual([]);
    await db.runMigrations({ transaction: 'each' });
    const drift = await db.driver.createSchemaBuilder().log();
    expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
  } finally {
    await db.destroy();
  }
});

test('two at once: one migrates, the other waits and finds nothing to do', async () => {
  await admin(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin(`CREATE DATABASE ${name}`);
  const done = await Promise.all([migrate(url()), migrate(url())]);
  const all = source();
  await all.initialize();
  const count = all.migrations.length;
  const noted: { name: string }[] = await all.query('SELECT name FROM migrations');
  await all.destroy();
  expect(done.map((names) => names.length).sort()).toEqual([0, count]);
  // by which `npm start` tells whether one is due
  expect(noted.map(({ name }) => name).sort()).toEqual(migrations.map(({ name }) => name).sort());
});

test('killed half way: what was begun is undone, and the next run does the rest', async () => {
  await admin(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin(`CREATE DATABASE ${name}`);
  // ends the connection that has just made the table, in the middle of its transaction
  await within(`
    CREATE FUNCTION die() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.reports') THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
      END IF;
    END $$;
    CREATE EVENT TRIGGER die ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION die()`);
  await expect(migrate(url())).rejects.toThrow();
  const [left] = await within<{ reports: string | null; done: number }>(
    `SELECT to_regclass('public.reports') AS reports, (SELECT count(*)::int FROM migrations) AS done`,
  );
  expect(left!.reports).toBeNull();
  expect(left!.done).toBeGreaterThan(0);
  await within('DROP EVENT TRIGGER die; DROP FUNCTION die()');
  expect((await migrate(url())).length + left!.done).toBe(migrations.length);
  const db = await source().initialize();
  const drift = await db.driver.createSchemaBuilder().log();
  await db.destroy();
  expect(drift.upQueries.map(({ query }) => query)).toEqual([]);
});

test('while a backup holds all tables, it waits, and nobody who asks for one waits long behind it', async () => {
  await migrate(url());
  const [last] = await within<{ name: string }>('SELECT name FROM migrations ORDER BY id DESC LIMIT 1');
  const db = await source().initialize();
  // that one changes tables that were there before
  const isLeft = async () =>
    (await db.query(`SELECT FROM migrations WHERE name LIKE 'IndexWhatGoesWithAnAccount%'`)).length;
  while (await isLeft()) await db.undoLastMigration({ transaction: 'each' });
  await db.destroy();
  const backup = new Client({ connectionString: url() });
  await backup.connect();
  await backup.query('BEGIN; LOCK TABLE users, chats, chat_participants, location_shares IN ACCESS SHARE MODE');
  let told = 0;
  const migrating = migrate(url(), () => told++);
  const isWaiting = `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.relation = 'chat_participants'::regclass AND NOT l.granted`;
  await until('it waits', async () => (await within(isWaiting)).length > 0);
  await within(`SET statement_timeout = 5000; UPDATE chat_participants SET left_at = now(); SELECT`);
  await until('it has come back', () => told >= 2);
  // a connection that is shared out by a pooler would keep a lock of its own for whoever comes next
  const holders = `SELECT DISTINCT a.state FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()`;
  expect(await within(holders)).toEqual([{ state: 'idle in transaction' }]);
  await backup.query('COMMIT');
  await backup.end();
  expect((await migrating).at(-1)).toBe(last!.name);
});
