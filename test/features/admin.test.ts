import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

const run = promisify(execFile);

let app: TestApp, node: TestApp;
let root: TestUser, mod: TestUser;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
  [root, mod] = (await buildUsers(app, 'root', 'mod')) as [TestUser, TestUser];
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const command = (...args: string[]) =>
  run(process.execPath, ['scripts/admin.mjs', ...args], {
    env: { ...process.env, DATABASE_URL: app.settings.DATABASE_URL },
  });
const patch = (actor: TestUser, { id }: { id: string }, change: object) =>
  api(app, actor).patch(`/admin/users/${id}`, change);

test('the first admin comes from the command line', async () => {
  expect((await api(app, root).get('/admin/users')).status).toBe(403);
  expect((await command('create', root.email.toUpperCase())).stdout).toContain('is an admin now');
  expect((await command('create', root.email)).stdout).toContain('already');
  expect((await api(app, root).get('/profile')).body.role).toBe('admin');
  for (const args of [[], ['create'], ['create', 'nobody@example.org'], ['drop', root.email]])
    await expect(command(...args)).rejects.toMatchObject({ code: 1 });
  const { entries } = (await api(app, root).get('/admin/audit-log')).body;
  expect(entries).toMatchObject([
    { actor_id: null, action: 'user.role_changed', user_id: root.id, details: { from: 'user', to: 'admin' } },
  ]);
});

test('roles are given by admins alone, and end at once when taken away', async () => {
  const eve = await buildUser(app, 'eve');
  const greedy = { role: 'admin', is_verified: true, tenant_id: 'other' };
  await api(app, eve).put('/profile', { bio: 'x', ...greedy });
  await api(app, eve).put('/profile/status', { status_message: 'x', ...greedy });
  const account = { email: 'greedy@example.org', username: 'greedy', password: 'correct horse battery staple' };
  expect((await api(app).post('/register', { ...account, ...greedy })).body.user).toMatchObject({ role: 'user' });
  expect((await api(app, eve).get('/profile')).body).toMatchObject({ role: 'user', is_verified: false });

  expect((await patch(root, mod, { role: 'moderator' })).body.role).toBe('moderator');
  expect((await api(app, mod).get('/admin/users')).status).toBe(200);
  expect(await patch(mod, eve, { role: 'moderator' })).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  expect((await patch(root, mod, { role: 'user' })).body.role).toBe('user');
  expect((await api(app, mod).get('/admin/users')).status).toBe(403);
  await patch(root, mod, { role: 'moderator' });
});

test('every admin route by everybody', async () => {
  const eve = await buildUser(app, 'eve');
  const other = await buildUser(app, 'other');
  const routes = [
    (actor?: TestUser) => api(app, actor).get('/admin/users'),
    (actor?: TestUser) => api(app, actor).patch(`/admin/users/${other.id}`, {}),
    (actor?: TestUser) => api(app, actor).get('/admin/audit-log'),
  ];
  const statuses = (actor?: TestUser) => Promise.all(routes.map(async (route) => (await route(actor)).status));
  expect(await statuses()).toEqual([401, 401, 401]);
  expect(await statuses(eve)).toEqual([403, 403, 403]);
  expect(await statuses(mod)).toEqual([200, 200, 403]);
  expect(await statuses(root)).toEqual([200, 200, 200]);
  for (const change of [{ suspended: true, reason: 'x' }, { force_logout: true }])
    expect((await patch(mod, root, change)).status).toBe(403);
  expect((await patch(root, root, { role: 'user' })).body.code).toBe('admin.not_on_yourself');
  expect((await patch(root, { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' }, {})).body.code).toBe('user.not_found');
  expect((await patch(root, { id: 'x' }, {})).status).toBe(422);
});

test('a suspended user is out on REST and on the sockets of every node, is seen to go, and comes back when let in', async () => {
  const [eve, friend] = (await buildUsers(app, 'eve', 'friend')) as [TestUser, TestUser];
  await buildGroup(app, eve, [friend]);
  const [eves, friends] = [await connect(node, eve), await connect(app, friend)];
  expect((await patch(mod, eve, { suspended: true })).status).toBe(422);
  const suspended = await patch(mod, eve, { suspended: true, reason: 'Spam' });
  expect(suspended.body).toMatchObject({
    is_active: false,
    suspension_reason: 'Spam',
    suspended_at: expect.any(String),
  });
  expect(await eves.next('session_revoked')).toEqual({ reason: 'revoked' });
  await friends.next('user_status', ({ user_id, is_online }) => user_id === eve.id && !is_online);
  await until('its socket is closed', () => !eves.raw.connected, 1);
  expect(await api(node, eve).get('/profile')).toMatchObject({ status: 401, body: { code: 'auth.unauthorized' } });
  await expect(connect(node, eve)).rejects.toMatchObject({ data: { code: 'auth.unauthorized' } });
  const login = () => api(app).post('/login', { username: eve.username, password: eve.password });
  expect((await login()).status).toBe(401);
  expect((await api(app).post('/refresh-token', { refresh_token: eve.refreshToken })).status).toBe(401);
  expect((await api(app, friend).get(`/users/${eve.id}`)).status).toBe(404);
  expect((await patch(mod, eve, { suspended: false })).body).toMatchObject({ is_active: true, suspended_at: null });
  expect((await login()).status).toBe(200);
  expect((await api(app, eve).get('/profile')).status).toBe(401);
  friends.close();
});

test('a forced logout ends all sessions, and the user may sign in again', async () => {
  const eve = await buildUser(app, 'eve');
  const socket = await connect(node, eve);
  expect((await patch(root, eve, { force_logout: true })).body).toMatchObject({ is_active: true });
  await socket.next('session_revoked');
  expect((await api(app, eve).get('/profile')).status).toBe(401);
  expect((await api(app).post('/login', { username: eve.username, password: eve.password })).status).toBe(200);
});

test('accounts are listed newest first, searched and filtered, in pages', async () => {
  const made: TestUser[] = [];
  for (const name of ['lister1', 'lister2', 'lister3']) made.push(await buildUser(app, name));
  await patch(root, made[1]!, { suspended: true, reason: 'x' });
  const list = async (query: string) => (await api(app, root).get(`/admin/users?${query}`)).body;
  const ids = async (query: string) => (await list(query)).users.map(({ id }: { id: string }) => id);
  const newest = made.map(({ id }) => id).reverse();
  expect(await ids('q=LISTER')).toEqual(newest);
  expect(await ids(`q=${made[0]!.email}`)).toEqual([made[0]!.id]);
  expect(await ids('q=lister&standing=suspended')).toEqual([made[1]!.id]);
  expect(await ids('q=lister&standing=active')).toEqual([newest[0], newest[2]]);
  expect(await ids('role=admin')).toEqual([root.id]);
  const first = await list('q=lister&limit=2');
  expect(await ids(`q=lister&limit=2&cursor=${first.next_cursor}`)).toEqual([newest[2]]);
  expect(await ids('q=%25')).toEqual([]);
  for (const query of ['role=root', 'standing=x', 'cursor=x', 'limit=0', `q=${'x'.repeat(10_000)}`, 'q=%00'])
    expect((await api(app, root).get(`/admin/users?${query}`)).status).toBe(422);
});

test('every act is in the audit log, in pages; a refused one is not; nothing changes or deletes an entry', async () => {
  const eve = await buildUser(app, 'eve');
  await patch(root, eve, { role: 'moderator', suspended: true, reason: 'Spam', force_logout: true });
  await patch(mod, eve, { suspended: false });
  await patch(root, eve, { suspended: false });
  const log = async (more = '') => (await api(app, root).get(`/admin/audit-log?user_id=${eve.id}${more}`)).body;
  const { items } = await log();
  expect(items.map(({ action }: { action: string }) => action)).toEqual([
    'user.let_in',
    'user.signed_out',
    'user.suspended',
    'user.role_changed',
  ]);
  expect(items[2]).toMatchObject({ actor_id: root.id, user_id: eve.id, details: { reason: 'Spam' } });
  const page = await log('&limit=3');
  expect((await log(`&limit=3&cursor=${page.next_cursor}`)).entries).toEqual(items.slice(3));
  for (const sql of [
    `UPDATE audit_log SET action = 'x'`,
    'DELETE FROM audit_log WHERE id = 1',
    'TRUNCATE audit_log',
    `DELETE FROM audit_log WHERE false`,
  ])
    await expect(app.db.query(sql)).rejects.toThrow('only added to');
  for (const method of ['post', 'put', 'patch', 'delete'] as const)
    expect((await api(app, root)[method]('/admin/audit-log')).status).toBeGreaterThanOrEqual(400);
});
