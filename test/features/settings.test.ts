import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

test('language and time zone, and the account, under the paths that apps call', async () => {
  const ana = await buildUser(app, 'ana');
  expect((await api(app, ana).get('/settings/app')).body).toEqual({ language: null, timezone: 'UTC' });
  const changed = { language: 'id', timezone: 'Asia/Jakarta' };
  expect((await api(app, ana).put('/settings/app', { ...changed, role: 'admin', bio: 'x' })).body).toEqual(changed);
  expect((await api(app, ana).put('/settings/account', { full_name: 'Ana K.' })).body.display_name).toBe('Ana K.');
  expect((await api(app, ana).get('/settings/account')).body).toMatchObject({ ...changed, bio: null, role: 'user' });
  for (const text of ['a\u0000b', 'a\ud800b', '\u202Eid', 'x'.repeat(10_000), ''])
    for (const field of ['language', 'timezone'])
      expect((await api(app, ana).put('/settings/app', { [field]: text })).status).toBeLessThan(500);
  for (const path of ['/settings/app', '/settings/account']) expect((await api(app).get(path)).status).toBe(401);
});

test.each([
  ['POST /settings/account/deactivate', (user: TestUser) => api(app, user).post('/settings/account/deactivate')],
  ['PUT /profile/deactivate', (user: TestUser) => api(app, user).put('/profile/deactivate', {})],
])('%s closes the account on REST and sockets; nobody finds, sees or reaches its owner', async (_, deactivate) => {
  const [gone, friend] = await buildUsers(app, 'gone', 'friend');
  await buildGroup(app, gone, [friend]);
  const chat = await buildPrivateChat(app, gone, friend);
  const [own, friends] = [await connect(app, gone), await connect(app, friend)];
  expect((await deactivate(gone)).status).toBe(204);
  expect(await own.next('session_revoked')).toEqual({ reason: 'revoked' });
  await friends.next('user_status', ({ user_id, is_online }) => user_id === gone.id && !is_online);
  expect((await api(app, gone).get('/profile')).status).toBe(401);
  expect((await api(app, friend).get(`/users/${gone.id}`)).status).toBe(404);
  expect((await api(app, friend).get(`/users/search?q=${gone.username}`)).body.users).toEqual([]);
  expect((await api(app, friend).post(`/chats/${chat}/messages`, { content: 'hi' })).body.code).toBe('chat.closed');
  friends.close();
});
