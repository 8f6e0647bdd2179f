import fc from 'fast-check';
import { arrayOf } from 'src/core/database/arrays';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

let app: TestApp;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  await app.db.query('CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL)');
  await app.db.query('INSERT INTO counters VALUES (1, 0), (2, 0)');
});
afterAll(() => app.close());

const add = (id: number) => app.db.query('UPDATE counters SET n = n + 1 WHERE id = $1', [id]);
const counts = async () => (await app.db.query<{ n: number }>('SELECT n FROM counters ORDER BY id')).map(({ n }) => n);
const transaction = async () => (await app.db.query<{ id: string }>('SELECT txid_current()::text AS id'))[0]!.id;

/** Resolves for everybody once `size` have come. */
function barrier(size: number) {
  let release: () => void;
  const open = new Promise<void>((resolve) => (release = resolve));
  return () => {
    if (--size === 0) release();
    return open;
  };
}

test('a nested tx joins its outer one; concurrent ones are strangers', async () => {
  const ids = await Promise.all(
    Array.from({ length: 4 }, () =>
      app.db.tx(async () => {
        const id = await transaction();
        expect(await app.db.tx(transaction)).toBe(id);
        return id;
      }),
    ),
  );
  expect(new Set(ids).size).toBe(4);
});

test('a fault takes back all that was done, nested or not', async () => {
  const before = await counts();
  const work = app.db.tx(async () => {
    await add(1);
    await app.db.tx(() => add(2));
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(await counts()).toEqual(before);
});

test('after-commit work runs after the commit, once, and never after a rollback', async () => {
  const seen: number[][] = [];
  const look = async () => void seen.push(await counts());
  const [one] = await counts();
  await app.db.tx(async () => {
    app.db.onCommit(look);
    await add(1);
    expect(seen).toEqual([]);
  });
  await app.db.tx(() => (app.db.onCommit(look), Promise.reject(new Error('no')))).catch(() => undefined);
  await app.db.settle();
  expect(seen.map(([n]) => n)).toEqual([one! + 1]);
  expect(() => app.db.onCommit(look)).toThrow('outside a transaction');
});

test('what nobody waits for is done in its turn, and by the commit', async () => {
  const write = (sql: string) => app.db.write(`test ${sql}`, sql, []);
  const [one, two] = await counts();
  const seen = await app.db.tx(() => {
    write('UPDATE counters SET n = n + 1 WHERE id = 1');
    const rows = app.db.prepared<{ n: number }>('test counts', 'SELECT n FROM counters ORDER BY id', []);
    write('UPDATE counters SET n = n + 1 WHERE id = 2');
    return rows;
  });
  expect(seen.map(({ n }) => n)).toEqual([one! + 1, two]);
  expect(await counts()).toEqual([one! + 1, two! + 1]);
});

test('plans are kept in a transaction that says so, and only there', async () => {
  const mode = async () =>
    (await app.db.query<{ plan_cache_mode: string }>('SHOW plan_cache_mode'))[0]!.plan_cache_mode;
  expect(await app.db.tx(mode, { plansOnce: true })).toBe('force_generic_plan');
  expect(await Promise.all(Array.from({ length: 8 }, () => app.db.tx(mode)))).toEqual(Array(8).fill('auto'));
});

test('a fault in what nobody waits for takes all back', async () => {
  const before = await counts();
  const clash = () => app.db.write('test clash', 'INSERT INTO counters VALUES (1, 0)', []);
  const faulty = { code: '23505' };
  await expect(app.db.tx(async () => (await add(1), clash()))).rejects.toMatchObject(faulty);
  await expect(app.db.tx(async () => (clash(), await add(1)))).rejects.toMatchObject(faulty);
  const heedless = app.db.tx(() => app.db.query('SELECT 1/0').catch(() => undefined));
  await expect(heedless).rejects.toThrow('failed statement');
  expect(await counts()).toEqual(before);
});

test('who waited for a lock reads what is true now, whatever the database begins transactions with', async () => {
  const name = new URL(app.settings.DATABASE_URL!).pathname.slice(1);
  await app.admin(`ALTER DATABASE ${name} SET default_transaction_isolation = 'repeatable read'`);
  const beside = await boot({ beside: app, roles: ['api'] });
  const [before] = await counts();
  let locked!: () => void;
  const isLocked = new Promise<void>((resolve) => (locked = resolve));
  const first = app.db.tx(async () => {
    await add(1);
    locked();
    await until('the other waits', async () => {
      const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      return (await app.db.query(sql)).length > 0;
    });
  });
  await isLocked;
  let tries = 0;
  await beside.db.tx(() => (tries++, beside.db.query('UPDATE counters SET n = n + 1 WHERE id = 1')));
  await first;
  expect([tries, await counts()]).toEqual([1, [before! + 2, expect.any(Number)]]);
  await beside.close();
  await app.admin(`ALTER DATABASE ${name} RESET default_transaction_isolation`);
});

test('of statements that travel together the one that failed is told of, not those that came after it, however it is waited for', async () => {
  const later = async <T>(work: Promise<T>) => (await Promise.allSettled([work]), await work);
  const work = app.db.tx(() => Promise.all([later(app.db.query('SELECT 1 / 0')), counts()]));
  await expect(work).rejects.toMatchObject({ code: '22012' });
  await expect(app.db.tx(counts)).resolves.toHaveLength(2);
});

test('transactions that lock each other out are run again, and both succeed', async () => {
  const [one, two] = await counts();
  const both = barrier(2);
  let runs = 0;
  const cross = (first: number, second: number) =>
    app.db.tx(async () => {
      const run = ++runs;
      await add(first);
      if (run <= 2) await both();
      await add(second);
    });
  await Promise.all([cross(1, 2), cross(2, 1)]);
  expect(runs).toBe(3);
  expect(await counts()).toEqual([one! + 2, two! + 2]);
});

test('a prepared statement is the transaction’s, and arrays that are made as text come back as they were', async () => {
  const sql = 'SELECT $1::text[] AS texts, $2::float8[] AS numbers, $3::boolean[] AS flags, txid_current()::text AS id';
  const text = fc.option(fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0')));
  const number = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0));
  await fc.assert(
    fc.asyncProperty(fc.array(text), fc.array(number), fc.array(fc.option(fc.boolean())), (texts, numbers, flags) =>
      app.db.tx(async () => {
        const rows = await app.db.prepared('test arrays', sql, [texts, numbers, flags].map(arrayOf));
        expect(rows).toEqual([{ texts, numbers, flags, id: await transaction() }]);
      }),
    ),
    { numRuns: 50 },
  );
});

test.each([
  ['off', 'on'],
  ['remote_write', 'remote_write'],
])('what is committed is on disk: a database that is set to %s is asked for %s', async (set, got) => {
  const name = new URL(app.settings.DATABASE_URL!).pathname.slice(1);
  await app.admin(`ALTER DATABASE ${name} SET synchronous_commit TO ${set}`);
  const node = await boot({ beside: app, roles: ['api'] });
  const shown = await Promise.all([1, 2, 3].map(() => node.db.tx(() => node.db.query('SHOW synchronous_commit'))));
  expect(shown).toEqual(Array(3).fill([{ synchronous_commit: got }]));
  await node.close();
  await app.admin(`ALTER DATABASE ${name} RESET synchronous_commit`);
});

test('dates and positions are read as they are, however the database is set to write them', async () => {
  const name = new URL(app.settings.DATABASE_URL!).pathname.slice(1);
  const written = { datestyle: `'SQL, DMY'`, extra_float_digits: '0', timezone: `'America/St_Johns'` };
  for (const [key, value] of Object.entries(written)) await app.admin(`ALTER DATABASE ${name} SET ${key} TO ${value}`);
  const node = await boot({ beside: app, roles: ['api'] });
  const user = await buildUser(node, 'ana');
  const here = { latitude: 45.772829524255926, longitude: 14.357700000000001, recorded_at: new Date().toISOString() };
  expect(await api(node, user).post('/location/update', here)).toMatchObject({ status: 201, body: here });
  expect((await api(node, user).get('/location/current')).body).toMatchObject(here);
  await node.close();
  for (const key of Object.keys(written)) await app.admin(`ALTER DATABASE ${name} RESET ${key}`);
});

describe('statements that are asked for at once', () => {
  const ask = (n: number) =>
    app.db.prepared<{ n: number; pid: number }>('test turn', 'SELECT 12 / $1::int AS n, pg_backend_pid() AS pid', [n]);

  test('share a connection, and each has its own outcome', async () => {
    const [one, none, three] = await Promise.allSettled([ask(1), ask(0), ask(3)]);
    expect(none).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
    const [first, third] = [one, three].map((outcome) => (outcome as PromiseFulfilledResult<any>).value[0]);
    expect([first.n, third.n, first.pid]).toEqual([12, 4, third.pid]);
  });

  test('all hear that it is lost, and those who ask after that have another', async () => {
    const sleep = 'SELECT pg_sleep(30)';
    const asked = Promise.allSettled([app.db.prepared('test sleep', sleep, []), ask(1)]);
    await until('it is asked', async () => {
      const lost = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1 AND datname = current_database()`;
      return (await app.db.query(lost, [sleep])).length > 0;
    });
    expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ask(2)).toMatchObject([{ n: 6 }]);
  });
});
