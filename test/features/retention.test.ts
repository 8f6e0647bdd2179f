import { LocationService } from 'src/modules/location/location.service';
import { RetentionService } from 'src/modules/location/retention.service';
import { away, HERE, keepHistory } from 'test/factories/locations';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

let app: TestApp;
beforeAll(async () => (app = await boot({ env: { LOCATION_BEFORE_ACCOUNT_DAYS: '400' } })));
afterAll(() => app.close());

const DAY = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString();
const send = async (user: TestUser, ...locations: object[]) => {
  const { body } = await api(app, user).post('/location/batch', { locations });
  expect(body.refused).toBe(0);
  return body.results.map(({ data }: { data: unknown }) => data) as Record<string, any>[];
};
const kept = (user: TestUser) =>
  app.db.query<{ recorded_at: Date; is_permanent: boolean; table: string }>(
    `SELECT *, tableoid::regclass::text AS "table" FROM user_locations WHERE user_id = $1 ORDER BY recorded_at`,
    [user.id],
  );
const choose = async (user: TestUser, choice: object) => {
  const reply = await api(app, user).put('/location/settings', choice);
  await app.settle();
  return reply;
};
const rowsOf = (table: string, user: TestUser) => app.db.query(`SELECT * FROM ${table} WHERE user_id = $1`, [user.id]);
const outboxRows = async () => (await app.db.query(`SELECT 1 FROM outbox WHERE handler LIKE 'Geofences%'`)).length;

describe('what a point carries', () => {
  test('battery, activity and source are kept; odd ones are refused', async () => {
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    const [point] = await send(ana, { ...HERE, battery: 81.5, activity: 'walking', source: 'gps' });
    expect(point).toMatchObject({ battery: 81.5, activity: 'walking', source: 'gps', flags: [], is_kept: true });
    expect(await kept(ana)).toMatchObject([{ battery: 81.5, activity: 'walking', source: 'gps', flags: 0 }]);
    for (const fault of [{ battery: 101 }, { battery: -1 }, { activity: 'Walking!' }, { source: 'x'.repeat(33) }])
      expect((await api(app, ana).post('/location/update', { ...HERE, ...fault })).status).toBe(422);
  });

  test('mock, impossible and inaccurate points are kept and flagged, and no fence sees them', async () => {
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    const fence = {
      name: 'There',
      center_latitude: HERE.latitude,
      center_longitude: HERE.longitude,
      radius_meters: 50,
    };
    await api(app, ana).post('/location/geofences', fence);
    const at = (metres: number, seconds: number, rest: object = {}) => ({
      ...away(HERE, metres),
      accuracy: 5,
      recorded_at: new Date(Date.now() - 600_000 + seconds * 1000).toISOString(),
      ...rest,
    });
    const sent = await send(
      ana,
      at(90_000, 0),
      at(0, 10),
      at(90_001, 20),
      at(1, 30, { is_mock: true }),
      at(90_002, 40, { accuracy: 900 }),
      at(2, 50),
      at(90_003, 60),
    );
    expect(sent.map(({ flags }) => flags)).toEqual([
      [],
      ['jump'],
      [],
      ['mock', 'jump'],
      ['low_accuracy'],
      ['jump'],
      [],
    ]);
    await app.settle();
    expect((await api(app, ana).get('/location/geofences/events')).body.events).toEqual([]);
    expect(await kept(ana)).toHaveLength(7);
    expect(await rowsOf('location_fixes', ana)).toEqual([]);
  });

  test.each([
    ['unnamed', false, 1],
    ['named', true, 1],
    ['named, and sent twice', true, 2],
  ])('a point is judged by those that came before it: %s', async (_, isNamed, times) => {
    const walk: [metres: number, accuracy: number, flags: string[]][] = [
      [0, 900, ['low_accuracy']],
      [90_000, 5, []],
      [0, 5, ['jump']],
      [90_001, 5, []],
      [90_002, 900, ['low_accuracy']],
      [1, 5, ['jump']],
      [2, 5, ['jump']],
      [3, 5, []],
      [90_003, 5, ['jump']],
      [4, 5, []],
    ];
    const ana = await buildUser(app, 'ana');
    for (const [n, [metres, accuracy, flags]] of walk.entries()) {
      const recorded_at = new Date(Date.now() - 600_000 + n * 10_000).toISOString();
      const point = { ...away(HERE, metres), accuracy, recorded_at, ...(isNamed && { client_id: `p${n}` }) };
      for (let time = 0; time < times; time++) expect(await send(ana, point)).toMatchObject([{ flags }]);
    }
  });

  test('nothing is put by for those whom no fence follows', async () => {
    const ana = await buildUser(app, 'ana');
    const before = await outboxRows();
    await send(ana, HERE);
    expect(await outboxRows()).toBe(before);
    expect(await rowsOf('location_fixes', ana)).toEqual([]);
  });
});

describe('what is kept', () => {
  test('without a choice nothing but the newest position, and a retry is answered all the same', async () => {
    const ana = await buildUser(app, 'ana');
    expect((await api(app, ana).get('/location/settings')).body).toEqual({ history: 'live_only', history_days: null });
    const [first] = await send(ana, { ...HERE, client_id: 'a', recorded_at: daysAgo(0.1) });
    const [second] = await send(ana, { ...away(HERE, 9), client_id: 'b' });
    expect([first, second]).toMatchObject([{ is_kept: false }, { is_kept: false }]);
    expect(await kept(ana)).toEqual([]);
    expect((await api(app, ana).get('/location/current')).body).toMatchObject(away(HERE, 9));
    expect(await send(ana, { ...HERE, client_id: 'a' })).toEqual([first]);
    const other = await api(app, ana).post('/location/update', { ...away(HERE, 1), client_id: 'a' });
    expect(other.body.code).toBe('idempotency.mismatch');
  });

  test('a choice holds for what comes, and what is stored is made to fit', async () => {
    const ana = await buildUser(app, 'ana');
    expect((await choose(ana, { history: 'days' })).body).toEqual({ history: 'days', history_days: 30 });
    await send(ana, ...[300, 20, 5, 0].map((days) => ({ ...HERE, recorded_at: daysAgo(days) })));
    expect(await kept(ana)).toHaveLength(4);
    await choose(ana, { history: 'forever' });
    await send(ana, { ...HERE, recorded_at: daysAgo(1) });
    expect((await kept(ana)).map(({ table }) => table)).toEqual(Array(5).fill('user_locations_permanent'));
    await choose(ana, { history: 'days', history_days: 10 });
    expect((await kept(ana)).map(({ is_permanent }) => is_permanent)).toEqual([false, false, false]);
    await choose(ana, { history: 'live_only' });
    expect(await kept(ana)).toEqual([]);
    expect((await api(app, ana).get('/location/current')).status).toBe(200);
  });

  test('what was chosen to be kept no more goes, though more is chosen before that is seen to', async () => {
    const node = await boot({ roles: ['api'], env: { LOCATION_BEFORE_ACCOUNT_DAYS: '400' } });
    const ana = await buildUser(node, 'ana');
    await keepHistory(node, ana);
    const put = (choice: object) => api(node, ana).put('/location/settings', choice);
    const locations = [20, 5, 0].map((days) => ({ ...HERE, recorded_at: daysAgo(days) }));
    await api(node, ana).post('/location/batch', { locations });
    const days = async () => {
      const worker = await boot({ beside: node, roles: ['worker'] });
      await worker.settle();
      await worker.close();
      const { locations: left } = (await api(node, ana).get('/location/history')).body;
      return left.map(({ recorded_at }: { recorded_at: string }) =>
        Math.round((Date.now() - Date.parse(recorded_at)) / DAY),
      );
    };
    await put({ history: 'days', history_days: 10 });
    await put({ history: 'forever' });
    expect(await days()).toEqual([5, 0]);
    await put({ history: 'live_only' });
    await put({ history: 'days' });
    // what comes late is kept as is chosen by then
    await api(node, ana).post('/location/batch', { locations: [{ ...HERE, recorded_at: daysAgo(3) }] });
    expect(await days()).toEqual([3]);
    await node.close();
  });

  test.each([{}, { history: 'always' }, { history: 'days', history_days: 0 }, { history: 'days', history_days: 366 }])(
    'no such choice: %j',
    async (choice) => {
      const ana = await buildUser(app, 'ana');
      expect((await api(app, ana).put('/location/settings', choice)).status).toBe(422);
    },
  );

  test('a point of long ago that is sent again after its name is forgotten makes no second one', async () => {
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    const point = { ...HERE, client_id: 'hike-1', recorded_at: daysAgo(3) };
    await send(ana, point);
    await app.db.query(`UPDATE location_keys SET created_at = now() - interval '25 hours' WHERE user_id = $1`, [
      ana.id,
    ]);
    await app.get(RetentionService).tend();
    expect(await rowsOf('location_keys', ana)).toEqual([]);
    await send(ana, point);
    expect(await kept(ana)).toHaveLength(1);
  });

  test('points without a name that are sent again are in the history once, others of the same moment beside them', async () => {
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    const walk = [3, 2, 1].map((hours) => ({ ...away(HERE, hours), recorded_at: daysAgo(hours / 24) }));
    const sendAll = (locations: object[]) => api(app, ana).post('/location/batch', { locations });
    expect((await sendAll(walk)).body.refused).toBe(0);
    expect((await sendAll(walk)).body).toMatchObject({ refused: 0, results: [{ data: { is_kept: true } }, {}, {}] });
    expect(await kept(ana)).toHaveLength(3);
    const beside = { ...away(HERE, 9), recorded_at: walk[0]!.recorded_at };
    await sendAll([...walk, beside, { ...HERE, recorded_at: daysAgo(0) }]);
    expect(await kept(ana)).toHaveLength(5);
  });

  test('a point that comes twice at once, in a batch or in several requests, is there once', async () => {
    const [ana, ben] = [await buildUser(app, 'ana'), await buildUser(app, 'ben')];
    await keepHistory(app, ana, ben);
    await app.get(LocationService).follow(ana.id, 'test', 'fixes');
    const point = { ...HERE, recorded_at: daysAgo(0.1) };
    const [named, beside] = [
      { ...point, client_id: 'n' },
      { ...point, ...away(HERE, 5) },
    ];
    const [first, , , again, last] = await send(ana, point, named, beside, point, { ...named, client_id: null });
    expect(await rowsOf('user_locations', ana)).toHaveLength(3);
    expect(await rowsOf('location_fixes', ana)).toHaveLength(3);
    const [later] = await send(ana, point);
    for (const one of [again, last])
      expect(one).toEqual({ ...later, id: expect.any(Number), created_at: first!.created_at });

    const many = Array.from({ length: 40 }, (_, n) => send(n % 2 ? ana : ben, n % 4 < 2 ? beside : point));
    await Promise.all(many);
    expect(await rowsOf('user_locations', ana)).toHaveLength(3);
    expect(await rowsOf('user_locations', ben)).toHaveLength(2);
  });
});

describe('the weeks', () => {
  const tables = async () =>
    (
      await app.db.query<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relname ~ '^user_locations_w\\d+$' ORDER BY 1`,
      )
    ).map(({ name }) => name);
  const addOldWeek = (monday: string) =>
    app.db.query(
      `CREATE TABLE user_locations_w${monday.replaceAll('-', '')} PARTITION OF user_locations_weekly
       FOR VALUES FROM ('${monday} 00:00+00') TO ('${new Date(Date.parse(monday) + 7 * DAY).toISOString()}')`,
    );
  /** The Monday of so many weeks ago. */
  const mondayAgo = (weeks: number) => {
    const date = new Date(Date.now() - weeks * 7 * DAY);
    return new Date(date.getTime() - ((date.getUTCDay() + 6) % 7) * DAY).toISOString().slice(0, 10);
  };

  test('are made ahead, and take over what came before they were there', async () => {
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    const [thisWeek] = await tables();
    await app.db.query(`DROP TABLE ${thisWeek}`);
    await send(ana, HERE);
    expect(await kept(ana)).toMatchObject([{ table: 'user_locations_other' }]);
    await app.get(RetentionService).tend();
    expect(await kept(ana)).toMatchObject([{ table: thisWeek }]);
    expect(await tables()).toHaveLength(5);
  });

  test('go as a whole once nobody’s choice reaches back to them; others’ shorter choices are seen to one by one', async () => {
    const [ana, ben] = [await buildUser(app, 'ana'), await buildUser(app, 'ben')];
    await app.db.query(`DELETE FROM location_settings`);
    const [old, middle] = [mondayAgo(12), mondayAgo(6)];
    await addOldWeek(old);
    await addOldWeek(middle);
    await keepHistory(app, ana, ben);
    const inside = (monday: string) => ({ ...HERE, recorded_at: new Date(Date.parse(monday) + DAY).toISOString() });
    for (const user of [ana, ben]) await send(user, inside(old), inside(middle), HERE);
    await app.db.query(`UPDATE location_settings SET history_days = CASE user_id WHEN $1 THEN 60 ELSE 10 END`, [
      ana.id,
    ]);
    await app.get(RetentionService).tend();
    expect(await tables()).not.toContain(`user_locations_w${old.replaceAll('-', '')}`);
    expect(await tables()).toContain(`user_locations_w${middle.replaceAll('-', '')}`);
    expect(await kept(ana)).toHaveLength(2);
    expect(await kept(ben)).toHaveLength(1);
  });

  test('what is to be kept for ever outlives the week in which it was, though it was not moved yet', async () => {
    const [ana, ben] = [await buildUser(app, 'ana'), await buildUser(app, 'ben')];
    await app.db.query(`DELETE FROM location_settings`);
    const old = mondayAgo(20);
    await addOldWeek(old);
    await keepHistory(app, ana, ben);
    await app.settle();
    const point = { ...HERE, recorded_at: new Date(Date.parse(old) + DAY).toISOString() };
    for (const user of [ana, ben]) await send(user, point);
    await app.db.query(`UPDATE location_settings SET history = 'forever' WHERE user_id = $1`, [ana.id]);
    await app.db.query(`UPDATE location_settings SET history_days = 10 WHERE user_id = $1`, [ben.id]);
    await app.get(RetentionService).tend();
    expect(await tables()).not.toContain(`user_locations_w${old.replaceAll('-', '')}`);
    expect(await kept(ana)).toMatchObject([{ table: 'user_locations_permanent' }]);
    expect(await kept(ben)).toEqual([]);
  });

  test('what somebody keeps no longer goes, though of somebody else nothing can be deleted', async () => {
    const [ana, ben] = [await buildUser(app, 'ana'), await buildUser(app, 'ben')];
    await keepHistory(app, ana, ben);
    await app.settle();
    for (const user of [ana, ben]) await send(user, { ...HERE, recorded_at: daysAgo(3) }, HERE);
    await app.db.query(`UPDATE location_settings SET history_days = 2 WHERE user_id IN ($1, $2)`, [ana.id, ben.id]);
    await app.db.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$`);
    await app.db.query(`CREATE TRIGGER refuse BEFORE DELETE ON user_locations FOR EACH ROW
      WHEN (OLD.user_id = '${ana.id}') EXECUTE FUNCTION refuse()`);
    await app.get(RetentionService).tend();
    await app.db.query(`DROP FUNCTION refuse CASCADE`);
    expect(await kept(ana)).toHaveLength(2);
    expect(await kept(ben)).toHaveLength(1);
    await app.get(RetentionService).tend();
    expect(await kept(ana)).toHaveLength(1);
  });
});
