import { randomUUID } from 'node:crypto';
import { RedisKeys } from 'src/core/redis/keys';
import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { NearbyIndex } from 'src/modules/nearby/nearby.index';
import { NearbyService } from 'src/modules/nearby/nearby.service';
import { away, HERE } from 'test/factories/locations';
import * as nearby from 'test/factories/nearby';
import { buildUsers, type TestUser } from 'test/factories/users';
import { race } from 'test/support/barrier';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { redisOf } from 'test/support/redis';

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

const users = (...names: string[]) => buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser, TestUser]>;
const move = (user: TestUser, place: object) => nearby.move(app, user, place);
const show = (user: TestUser, visible = true) => nearby.show(app, user, visible);
const find = (user: TestUser, radius = 1000, on = app) => nearby.find(on, user, radius);
const bandsOf = (user: TestUser, radius?: number) => nearby.bandsOf(app, user, radius);
const buildVisible = (name: string, place: Place) => nearby.buildVisible(app, name, place);

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
  expect((await find(home)).code).toBe('nearby.at_private_place');
  expect((await find(old)).code).toBe('nearby.no_fresh_position');
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
