import { migrations } from 'migrations/index';
import { Client } from 'pg';
import { createDataSource } from 'src/core/database/data-source';
import { migrate } from 'src/core/database/migrate';

const name = `muster_migrations_${process.pid}`;
const url = () => Object.assign(new URL(process.env.TEST_DATABASE_URL!), { pathname: `/${name}` }).href;
const source = () => createDataSource({ DATABASE_URL: url(), DATABASE_POOL_SIZE: 2, DATABASE_TIMEOUT_MS: 30_000 });

async function admin(sql: string) {
  const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  await client.query(sql).finally(() => client.end());
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
