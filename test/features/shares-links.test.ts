import { HERE } from 'test/factories/locations';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

let app: TestApp;
beforeAll(async () => (app = await boot()));
afterAll(() => app.close());

test('a link that nobody can open is no watcher, and what is paused goes into no log', async () => {
  const ana = await buildUser(app, 'ana');
  await api(app, ana).post('/location/update', { ...HERE, accuracy: 8 });
  const share = async (draft: object) =>
    (await api(app, ana).post('/location/shares', draft)).body as { token: string };
  const get = async (token: string) => (await api(app).get(`/location/links/${token}`)).body;
  const told = async () => {
    const watchers = await api(app, ana).get('/location/watchers');
    const log = await api(app, ana).get('/location/watchers/log');
    return [watchers.body.total, log.body.reads.map(({ count }: { count: number }) => count)];
  };
  const once = await share({ audience: 'link', max_views: 1 });
  expect(await told()).toEqual([1, []]);
  expect((await get(once.token)).state).toBe('live');
  expect(await told()).toEqual([0, [1]]);
  const open = await share({ audience: 'link' });
  await api(app, ana).post('/location/private-places', { name: 'Home', ...HERE });
  expect((await get(open.token)).state).toBe('paused');
  expect(await told()).toEqual([1, [1]]);
  await api(app, ana).put('/profile/deactivate', { password: ana.password });
  expect((await get(open.token)).code).toBe('location.link_not_found');
});

test('a link is not used up by who opens it before its owner has been anywhere', async () => {
  const ana = await buildUser(app, 'ana');
  const { body } = await api(app, ana).post('/location/shares', { audience: 'link', max_views: 1 });
  const open = async () => (await api(app).get(`/location/links/${body.token}`)).body;
  for (let n = 0; n < 2; n++) expect((await open()).code).toBe('location.no_position');
  await api(app, ana).post('/location/update', HERE);
  expect(await open()).toMatchObject({ state: 'live', ...HERE });
  expect((await open()).code).toBe('location.link_not_found');
});
