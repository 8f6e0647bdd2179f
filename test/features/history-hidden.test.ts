import { buildGroup } from 'test/factories/chats';
import { away, HERE, keepHistory } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

// Ana's history as Ben sees it in files, which are read some two thousand stored points at a time.

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const AT_ONCE = 2000;

/** Stored points of the owner's, a second apart, so many metres north each; where she is at a private place `undefined` stands. */
async function store(owner: TestUser, metres: (number | undefined)[]) {
  await app.db.query(
    `INSERT INTO user_locations (id, user_id, recorded_at, is_permanent, latitude, longitude, flags)
     SELECT nextval('user_locations_id_seq'), $1, now() + n * interval '1 second', false, latitude, $3, 0
     FROM unnest($2::float8[]) WITH ORDINALITY AS p (latitude, n)`,
    [owner.id, metres.map((north) => away(HERE, north ?? 50_000).latitude), HERE.longitude],
  );
}
async function people(share: object) {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  await keepHistory(app, ana);
  await api(app, ana).post('/location/update', away(HERE, -9000));
  await api(app, ana).post('/location/private-places', { name: 'Home', ...away(HERE, 50_000) });
  await api(app, ana).post('/location/shares', { target_user_id: ben.id, shows_history: true, ...share });
  const fileFor = async (query: string) => {
    const headers = { authorization: `Bearer ${ben.token}` };
    const reply = await fetch(`${app.url}/api/v1/location/history/${ana.id}?format=geojson${query}`, { headers });
    const { features } = (await reply.json()) as { features: { geometry: { coordinates: [number, number] } }[] };
    return features.map(({ geometry }) => geometry.coordinates[1]);
  };
  return { ana, ben, fileFor };
}

test('who stays in a cell has come into it once, however many points are stored of that', async () => {
  const { ana, fileFor } = await people({ precision: 'city' });
  await store(
    ana,
    Array.from({ length: 2 * AT_ONCE + 5 }, () => 0),
  );
  expect(await fileFor('')).toHaveLength(1);
});

test('what is left of a straight way does not tell how many points are hidden', async () => {
  const { ana, fileFor } = await people({});
  const way = Array.from({ length: AT_ONCE + 500 }, (_, n) => n);
  const hidden = Array.from({ length: 700 }, () => undefined);
  await store(ana, [...way.slice(0, 1000), ...hidden, ...way.slice(1000)]);
  const places = (await fileFor('&tolerance=1')).map((latitude) => Math.round((latitude - HERE.latitude) * 111_195.08));
  expect(places).toEqual([0, AT_ONCE - 1, AT_ONCE + 499]);
});

test('whom another share lets see more from now on, that takes nothing away from what one shows since before', async () => {
  const { ana, ben } = await people({ precision: 'city' });
  const group = await buildGroup(app, ana, [ben]);
  const of = async () => (await api(app, ben).get(`/location/history/${ana.id}`)).body.items as { accuracy: number }[];
  const draft = { chat_id: group, shows_history: true, precision: 'city' };
  const now = Date.now();
  const begin = async (metres: number, seconds: number, share: object) => {
    const { body } = await api(app, ana).post('/location/shares', share);
    const point = { ...away(HERE, metres), accuracy: 5, recorded_at: new Date(now + seconds * 1000).toISOString() };
    await api(app, ana).post('/location/update', point);
    return body.id as number;
  };
  const second = await begin(30_000, 20, draft);
  const third = await begin(0, 40, { target_user_id: ben.id, shows_history: true, precision: 'exact' });
  // the share with him is the same one as before, so it shows all since then as finely
  expect(await of()).toMatchObject([{ accuracy: 5 }, { accuracy: 5 }]);
  await app.db.query('UPDATE location_shares SET created_at = $2 WHERE id = $1', [third, new Date(now + 60_000)]);
  await begin(60_000, 80, draft);
  expect(await of()).toMatchObject([{ accuracy: 7849 }, { accuracy: 7849 }, { accuracy: 5 }]);
  const log = (await api(app, ana).get('/location/watchers/log')).body.reads;
  expect(log).toMatchObject([
    { share_id: second, precision: 'city', count: 1 },
    { share_id: third, precision: 'exact', count: 2 },
  ]);
});

test('who got no point of it is in no log', async () => {
  const { ana, ben } = await people({});
  expect((await api(app, ben).get(`/location/history/${ana.id}`)).body.items).toEqual([]);
  expect((await api(app, ana).get('/location/watchers/log')).body.reads).toEqual([]);
});
