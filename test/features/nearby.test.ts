import { randomUUID } from 'node:crypto';
import { RedisKeys } from 'src/core/redis/keys';
import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { coarsen } from 'src/modules/location/precision';
import { NearbyIndex } from 'src/modules/nearby/nearby.index';
import { NearbyService } from 'src/modules/nearby/nearby.service';
import { away, HERE } from 'test/factories/locations';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { race } from 'test/support/barrier';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { redisOf } from 'test/support/redis';

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const users = (...names: string[]) => buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser, TestUser]>;
const move = async (user: TestUser, place: object) => {
  expect((await api(app, user).post('/location/update', place)).status).toBe(201);
  await app.settle();
};
const show = (user: TestUser, visible = true) => api(app, user).put('/location/nearby/visibility', { visible });
const find = async (user: TestUser, radius = 1000, on = app) =>
  (await api(on, user).get(`/location/nearby?radius_meters=${radius}&limit=100`)).body;
const bandsOf = async (user: TestUser, radius = 50_000) => {
  const { users: found } = await find(user, radius);
  return Object.fromEntries(
    found.map((one: Record<string, any>) => [one.user.id as string, one.distance.to_meters as number]),
  ) as Record<string, number>;
};
const keyOf = async (user: TestUser) =>
  (await app.db.query<{ grid_key: string }>('SELECT grid_key FROM live_locations WHERE user_id = $1', [user.id]))[0]!
    .grid_key;
async function buildVisible(name: string, place: Place) {
  const user = await buildUser(app, name);
  await move(user, place);
  await show(user);
  return user;
}

test('those who want to be found find each other; nobody else does, or is', async () => {
  const [ana, ben, cid, eve] = await users('ana', 'ben', 'cid', 'eve');
  for (const user of [ana, ben, cid]) await move(user, HERE);
  expect((await find(ana)).code).toBe('nearby.not_visible');
  expect((await show(ana)).body).toEqual({ visible: true, expires_at: null });
  expect((await find(ana)).users).toEqual([]);
  await show(ben);
  await show(eve);
  expect((await find(eve)).code).toBe('nearby.no_fresh_position');
  const found = await find(ana);
  expect(found).toMatchObject({
    users: [{ user: { id: ben.id, username: ben.username }, distance: { from_meters: 0, to_meters: 1000 } }],
    radius_meters: 1000,
  });
  expect(JSON.stringify(found)).not.toMatch(/latitude|longitude/);
  expect(Object.keys(await bandsOf(ben))).toEqual([ana.id]);
  await show(ben, false);
  expect((await find(ana)).users).toEqual([]);
  expect((await find(ben)).code).toBe('nearby.not_visible');
  for (const bad of ['radius_meters=99', 'radius_meters=50001', 'limit=0', 'limit=101'])
    expect((await api(app, ana).get(`/location/nearby?${bad}`)).status).toBe(422);
});

test('it ends when its time is over, with a block, at a private place, with an old position, and with the panic', async () => {
  const ana = await buildVisible('ana', away(HERE, 90_000));
  const others: TestUser[] = [];
  for (let n = 0; n < 5; n++) others.push(await buildVisible('ben', away(HERE, 90_000)));
  const [brief, blocked, home, old, panicked] = others as [TestUser, TestUser, TestUser, TestUser, TestUser];
  expect(Object.keys(await bandsOf(ana)).sort()).toEqual(others.map(({ id }) => id).sort());
  await api(app, brief).put('/location/nearby/visibility', { visible: true, duration_minutes: 1 });
  await app.db.query('UPDATE nearby_users SET expires_at = now() WHERE user_id = $1', [brief.id]);
  await api(app, blocked).post(`/users/${ana.id}/block`);
  await api(app, home).post('/location/private-places', { name: 'Home', ...away(HERE, 90_000) });
  await app.db.query(`UPDATE live_locations SET recorded_at = now() - interval '11 min' WHERE user_id = $1`, [old.id]);
  await api(app, panicked).delete('/location/shares');
  await app.settle();
  expect(await bandsOf(ana)).toEqual({});
  await app.get(NearbyService).tend();
  expect(await app.db.query('SELECT 1 FROM nearby_users WHERE user_id = $1', [brief.id])).toEqual([]);
});

test('distances come in bands, nearer ones first, right across the antimeridian and around the poles', async () => {
  const places: [string, Place, Place, number][] = [
    ['antimeridian', { latitude: 10, longitude: 179.99 }, { latitude: 10, longitude: -179.97 }, 4380],
    ['north pole', { latitude: 89.95, longitude: 0 }, { latitude: 89.95, longitude: 180 }, 11_120],
    ['near the north pole', { latitude: 84.9, longitude: 20 }, { latitude: 85.1, longitude: 20 }, 22_239],
    ['from beyond', { latitude: -85.1, longitude: 20 }, { latitude: -84.9, longitude: 20 }, 22_239],
  ];
  for (const [name, one, other, metres] of places) {
    const ana = await buildVisible('ana', one);
    const ben = await buildVisible('ben', other);
    expect(distanceMeters(one, other)).toBeCloseTo(metres, -2);
    const bands = [await bandsOf(ana), await bandsOf(ben)].map((found, index) => found[[ben.id, ana.id][index]!]);
    for (const band of bands) {
      expect({ [name]: band! >= metres - 800 }).toEqual({ [name]: true });
      expect({ [name]: band! <= 50_000 }).toEqual({ [name]: true });
    }
    await show(ana, false);
    await show(ben, false);
  }
  const apart = away(HERE, 600_000);
  const ana = await buildVisible('ana', apart);
  const near = await buildVisible('ben', away(apart, 100));
  const far = await buildVisible('cid', away(apart, 30_000));
  const { users: found } = await find(ana, 50_000);
  expect(found.map((one: Record<string, any>) => [one.user.id, one.distance.to_meters])).toEqual([
    [near.id, 1000],
    [far.id, 50_000],
  ]);
  expect(Object.keys(await bandsOf(ana, 10_000))).toEqual([near.id]);
});

test('many who are in the index and may not be shown do not hide who is behind them', async () => {
  const place = away(HERE, 800_000);
  const ana = await buildVisible('ana', place);
  const ben = await buildVisible('ben', away(place, 4000));
  await app.get(NearbyIndex).put(new Map(Array.from({ length: 50 }, () => [randomUUID(), place])));
  const { body } = await api(app, ana).get('/location/nearby?radius_meters=10000&limit=1');
  expect(body.users).toMatchObject([{ user: { id: ben.id } }]);
});

/**
 * The bound: with any number of queries from any positions nobody learns more of a person's place than the cell of a kilometre that
 * the person is in. Two people in one cell, as far apart in it as they can be, get the same answer to each of 200 queries.
 */
test('200 queries from positions of one’s choice do not tell two places of one cell apart', async () => {
  const centre = away(HERE, 300_000);
  const [one, other] = [await buildVisible('one', centre), await buildVisible('other', centre)];
  await app.db.query('UPDATE live_locations SET grid_key = $1 WHERE user_id = $2', [await keyOf(one), other.id]);
  const key = await keyOf(one);
  const cell = (place: Place) => JSON.stringify(coarsen(place, 'neighbourhood', key));
  const around = Array.from({ length: 60 * 60 }, (_, n) =>
    away(centre, ((n % 60) - 30) * 40, (Math.floor(n / 60) - 30) * 40),
  ).filter((place) => cell(place) === cell(centre));
  const furthest = around
    .map((place) => ({ place, metres: distanceMeters(around[0]!, place) }))
    .reduce((a, b) => (b.metres > a.metres ? b : a));
  expect(furthest.metres).toBeGreaterThan(1000);
  await move(one, around[0]!);
  await move(other, furthest.place);

  const eve = await buildVisible('eve', centre);
  const answers = new Set<string>();
  let [step, from] = [4000, centre];
  for (let query = 0; query < 200; query++) {
    // he goes where the answer changes: towards the border of a band, in ever smaller steps
    const place = away(from, Math.cos(query * 2.4) * step, Math.sin(query * 2.4) * step);
    await api(app, eve).post('/location/update', place);
    await app.db.query('UPDATE live_locations SET flags = 0 WHERE user_id = $1', [eve.id]); // he would take his time
    const bands = await bandsOf(eve, [100, 1000, 2000, 5000][query % 4]);
    expect(bands[one.id]).toBe(bands[other.id]);
    answers.add(String(bands[one.id]));
    if (query % 20 === 19) [step, from] = [step * 0.7, bands[one.id] === undefined ? from : place];
  }
  expect(answers.size).toBeGreaterThan(1);
});

test('an account asks so often an hour, over all nodes', async () => {
  const limited = await boot({ beside: app, env: { RATE_LIMIT_DISABLED: 'false', NEARBY_PER_HOUR: '3' } });
  const ana = await buildVisible('ana', HERE);
  const codes = [];
  for (let n = 0; n < 4; n++) codes.push((await find(ana, 1000, limited)).code);
  await limited.close();
  expect(codes).toEqual([undefined, undefined, undefined, 'rate_limit.exceeded']);
});

test('an index that Redis has lost is filled again by a worker, while those who ask get what is known', async () => {
  const place = away(HERE, -200_000);
  const [ana, ben] = [await buildVisible('ana', place), await buildVisible('ben', place)];
  const asker = await boot({ beside: app, roles: ['api'] });
  const redis = redisOf(app);
  const own = app.get(RedisKeys).partitionOf('nearby');
  const keys = ['geo', 'polar', 'ready', 'rebuilding'].map((name) => own.key('nearby', name));
  await app.get(NearbyService).fill();
  expect(await find(ana, 1000, asker)).toMatchObject({ users: [{ user: { id: ben.id } }], complete: true });

  const index = app.get(NearbyIndex);
  await index.keepFilling();
  await redis.del(...keys);
  expect(await index.filled()).toBe(false); // not with what was lost meanwhile

  expect(await find(ana, 1000, asker)).toMatchObject({ complete: false });
  await asker.close();
  await app.settle();
  expect(await find(ana)).toMatchObject({ users: [{ user: { id: ben.id } }], complete: true });
  expect(await redis.ttl(keys[2]!)).toBe(-1);
});

test('the panic hides at once, though no worker runs; the owner is told that he can be found', async () => {
  const still = await boot({ roles: ['api'] });
  const [ana, ben] = await buildUsers(still, 'ana', 'ben');
  for (const user of [ana, ben]) {
    await api(still, user).post('/location/update', HERE);
    await api(still, user).put('/location/nearby/visibility', { visible: true, duration_minutes: 60 });
  }
  expect((await find(ana, 1000, still)).users).toHaveLength(1);
  const watchers = async () => (await api(still, ben).get('/location/watchers')).body;
  expect(await watchers()).toMatchObject({
    watchers: [],
    total: 0,
    nearby: { precision: 'neighbourhood', since: expect.any(String), expires_at: expect.any(String) },
  });
  expect((await api(still, ben).delete('/location/shares')).body).toEqual({ stopped: 0 });
  expect((await find(ana, 1000, still)).users).toEqual([]);
  expect(await watchers()).toMatchObject({ nearby: null });
  await api(still, ben).put('/location/nearby/visibility', { visible: true });
  expect((await find(ana, 1000, still)).users).toHaveLength(1);
  await still.close();
});

describe('who changes his mind at the same moment', () => {
  const inIndex = async (user: TestUser) =>
    (await redisOf(app).zscore(app.get(RedisKeys).partitionOf('nearby').key('nearby', 'geo'), user.id)) !== null;

  test('and hides while his cell is being noted is not in the index in the end', async () => {
    const ana = await buildVisible('ana', HERE);
    expect(await inIndex(ana)).toBe(true);
    const index = app.get(NearbyIndex);
    const put = index.put.bind(index);
    const noted = jest.spyOn(index, 'put').mockImplementationOnce(async (cells) => {
      await show(ana, false);
      await app.settle();
      await put(cells);
    });
    await app.get(NearbyService).place([ana.id]);
    noted.mockRestore();
    expect(await inIndex(ana)).toBe(false);
  });

  test('and shows himself anew while his time is found to be over stays visible, and followed', async () => {
    const ana = await buildVisible('ana', HERE);
    await app.db.query('UPDATE nearby_users SET expires_at = now() WHERE user_id = $1', [ana.id]);
    const lock = { sql: 'SELECT 1 FROM nearby_users WHERE user_id = $1 FOR UPDATE', parameters: [ana.id] };
    await race<unknown>(app, lock, [() => app.get(NearbyService).tend(), () => show(ana)]);
    await app.settle();
    expect((await api(app, ana).get('/location/nearby/visibility')).body).toEqual({ visible: true, expires_at: null });
    expect(await app.db.query('SELECT feature FROM location_followers WHERE user_id = $1', [ana.id])).toEqual([
      { feature: 'nearby' },
    ]);
    expect(await inIndex(ana)).toBe(true);
  });
});
