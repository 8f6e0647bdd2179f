import { isMigrated } from './migrations.mjs';
import { query } from './postgres.mjs';

test('a migration is due unless the database has had it; one that is not there is not migrated', async () => {
  const name = `muster_due_${process.pid}`;
  const url = Object.assign(new URL(process.env.TEST_DATABASE_URL), { pathname: `/${name}` }).href;
  const ours = [{ name: 'First1' }, { name: 'Second2' }];
  const after = async (sql) => {
    await query(url, sql);
    return isMigrated(url, ours);
  };
  expect(await isMigrated(url, ours)).toBe(false);
  await query(process.env.TEST_DATABASE_URL, `CREATE DATABASE ${name}`);
  try {
    expect(await isMigrated(url, ours)).toBe(false);
    expect(await after('CREATE TABLE migrations (name text)')).toBe(false);
    expect(await after(`INSERT INTO migrations VALUES ('First1')`)).toBe(false);
    expect(await after(`INSERT INTO migrations VALUES ('Second2')`)).toBe(true);
    expect(await after(`INSERT INTO migrations VALUES ('OfANewerMuster3')`)).toBe(true);
  } finally {
    await query(process.env.TEST_DATABASE_URL, `DROP DATABASE ${name} WITH (FORCE)`);
  }
});
