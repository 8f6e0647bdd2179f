import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Outbox } from 'src/core/jobs/outbox';
import { OutboxRelay } from 'src/core/jobs/relay';
import { QUEUE_NAMES } from 'src/core/jobs/queues';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { hurry } from 'test/support/hurry';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

const run = promisify(execFile);

let app: TestApp, node: TestApp;
let root: TestUser, mod: TestUser;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
  [root, mod] = await buildUsers(app, 'root', 'mod');
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
    (actor?: TestUser) => api(app, actor).get('/admin/sockets'),
    (actor?: TestUser) => api(app, actor).get('/admin/parked-work'),
    (actor?: TestUser) => api(app, actor).post('/admin/queues/session'),
    (actor?: TestUser) => api(app, actor).delete('/admin/queues/session'),
  ];
  const statuses = (actor?: TestUser) => Promise.all(routes.map(async (route) => (await route(actor)).status));
  expect(await statuses()).toEqual([401, 401, 401, 401, 401, 401, 401]);
  expect(await statuses(eve)).toEqual([403, 403, 403, 403, 403, 403, 403]);
  expect(await statuses(mod)).toEqual([200, 200, 403, 403, 403, 403, 403]);
  expect(await statuses(root)).toEqual([200, 200, 200, 200, 200, 204, 204]);
  for (const change of [{ suspended: true, reason: 'x' }, { force_logout: true }])
    expect((await patch(mod, root, change)).status).toBe(403);
  expect((await patch(root, root, { role: 'user' })).body.code).toBe('admin.not_on_yourself');
  expect((await patch(root, { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' }, {})).body.code).toBe('user.not_found');
  expect((await patch(root, { id: 'x' }, {})).status).toBe(422);
});

test('a suspended user is out on REST and on the sockets of every node, is seen to go, and comes back when let in', async () => {
  const [eve, friend] = await buildUsers(app, 'eve', 'friend');
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
  const login = (password = eve.password) => api(app).post('/login', { username: eve.username, password });
  expect(await login()).toMatchObject({ status: 403, body: { code: 'auth.account_suspended' } });
  expect(await login('another one')).toMatchObject({ status: 401, body: { code: 'auth.invalid_credentials' } });
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

test('the audit log is found by who did it, what it was and when', async () => {
  const eve = await buildUser(app, 'eve');
  await patch(root, eve, { suspended: true, reason: 'Spam' });
  await patch(mod, eve, { suspended: false });
  const actions = async (query: object) => {
    const { body } = await api(app, root).get(
      `/admin/audit-log?${new URLSearchParams({ user_id: eve.id, ...query }).toString()}`,
    );
    return body.entries.map(({ action }: { action: string }) => action);
  };
  expect(await actions({ actor_id: mod.id })).toEqual(['user.let_in']);
  expect(await actions({ action: 'user.suspended' })).toEqual(['user.suspended']);
  expect(await actions({ action: 'user.' })).toEqual(['user.let_in', 'user.suspended']);
  expect(await actions({ from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' })).toEqual([]);
  expect(await actions({ from: '2020-01-01T00:00:00Z' })).toHaveLength(2);
  for (const query of ['action=user.%25', 'action=%27', 'from=yesterday', 'actor_id=x', 'user_id=%00'])
    expect((await api(app, root).get(`/admin/audit-log?${query}`)).status).toBe(422);
});

test('admins see how many are connected, node by node', async () => {
  const eve = await buildUser(app, 'eve');
  const before = (await api(app, root).get('/admin/sockets')).body;
  expect(before.nodes).toHaveLength(2);
  const sockets = await Promise.all([connect(app, eve), connect(node, eve), connect(node, eve)]);
  const { body } = await api(node, root).get('/admin/sockets');
  expect(body).toMatchObject({ sockets: before.sockets + 3, users_online: before.users_online + 1, complete: true });
  const here = (name: string) => before.nodes.find((one: { node: string }) => one.node === name);
  const grown = body.nodes.map((one: any) => [one.sockets - here(one.node).sockets, one.users - here(one.node).users]);
  expect(grown.sort()).toEqual([
    [1, 1],
    [2, 1],
  ]);
  sockets.forEach((socket) => socket.close());
});

describe('work that was given up', () => {
  const list = async (query = '') => (await api(app, root).get(`/admin/parked-work?${query}`)).body;
  const ids = async (query = '') => (await list(query)).parked_work.map(({ id }: { id: number }) => id);
  const newest = async () => (await api(app, root).get('/admin/audit-log?action=work.&limit=1')).body.entries[0];
  /** Work of a handler that is gone. */
  const park = async (payload: object): Promise<number> => {
    const before: number[] = await ids();
    await app.db.tx(() => app.get(Outbox).add([{ handler: 'Gone.away', payload }]));
    await until('it is given up', async () => (await hurry(app, 'events'), (await ids()).length > before.length));
    return (await ids())[0];
  };
  /** As if that were another's: one that can do it, in another queue. */
  const mend = (id: number) =>
    app.db.query(`UPDATE outbox SET handler = 'files.hash', payload = '{"file_id": 1}' WHERE id = $1`, [id]);

  test('it is listed with what it was, why and since when, without what people wrote', async () => {
    const id = await park({ user_id: root.id, text: 'see you', code: '123456' });
    const [item] = (await list()).parked_work;
    expect(item).toEqual({
      id,
      handler: 'Gone.away',
      queue: 'events',
      reason: expect.stringContaining('nothing handles Gone.away') as string,
      attempts: 10,
      data: { user_id: root.id, text: '[hidden]', code: '[hidden]' },
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      created_at: expect.any(String) as string,
      parked_at: expect.any(String) as string,
    });
    expect(Date.parse(item.parked_at)).toBeGreaterThanOrEqual(Date.parse(item.created_at));
  });

  test('it is listed newest first, by queue, in pages', async () => {
    const [one, two, three] = [await park({}), await park({}), await park({})];
    await mend(two);
    expect((await ids()).slice(0, 3)).toEqual([three, two, one]);
    expect((await ids('queue=events')).slice(0, 2)).toEqual([three, one]);
    expect(await ids('queue=slow')).toEqual([two]);
    expect(await ids('queue=clock')).toEqual([]);
    const first = await list('limit=2');
    expect((await ids(`cursor=${first.next_cursor}`))[0]).toBe(one);
    await app.db.query(`INSERT INTO tenants (id, name) VALUES ('other', 'Other')`);
    await app.db.query(`UPDATE outbox SET tenant_id = 'other' WHERE id = $1`, [three]);
    expect((await ids())[0]).toBe(two);
    expect((await api(app, root).delete(`/admin/parked-work/${three}`)).status).toBe(404);
    for (const query of ['queue=x', 'cursor=x', 'limit=0'])
      expect((await api(app, root).get(`/admin/parked-work?${query}`)).status).toBe(422);
  });

  test('one is tried again: it is given up once more, or done and gone', async () => {
    const id = await park({});
    const retry = () => api(app, root).post(`/admin/parked-work/${id}/retry`);
    expect((await retry()).status).toBe(204);
    await until(
      'it is given up again',
      async () => (await hurry(app, 'events'), (await list()).parked_work[0]?.attempts === 20),
    );
    expect(await newest()).toMatchObject({
      actor_id: root.id,
      action: 'work.retried',
      user_id: null,
      details: { id: String(id), handler: 'Gone.away' },
    });
    await mend(id);
    expect((await retry()).status).toBe(204);
    await app.settle();
    expect(await app.db.query('SELECT FROM outbox WHERE id = $1', [id])).toEqual([]);
    expect(await retry()).toMatchObject({ status: 404, body: { code: 'admin.work_not_found' } });
  });

  test('all of a queue are tried again, and no others', async () => {
    const others = await ids();
    const mended = [await park({}), await park({})];
    const hopeless = await park({});
    for (const id of mended) await mend(id);
    const { body } = await api(app, root).post('/admin/parked-work/retry', { queue: 'slow' });
    expect(body.retried).toBeGreaterThanOrEqual(2);
    await app.settle();
    const left = await ids();
    expect(left).toContain(hopeless);
    expect(left.filter((id: number) => mended.includes(id))).toEqual([]);
    expect(left.length).toBeGreaterThan(others.length - body.retried);
    expect(await newest()).toMatchObject({ details: { queue: 'slow', count: String(body.retried) } });
    expect((await api(app, root).post('/admin/parked-work/retry', {})).status).toBe(422);
  });

  test('one is discarded, once; what is still to be done is not touched', async () => {
    const id = await park({});
    const discard = (which: number) => api(app, root).delete(`/admin/parked-work/${which}`);
    expect([(await discard(id)).status, (await discard(id)).status]).toEqual([204, 404]);
    expect(await newest()).toMatchObject({ action: 'work.discarded', details: { id: String(id) } });
    const sql = `INSERT INTO outbox (handler, payload, tenant_id, trace_id, run_at) VALUES ('files.hash', '{}', 'default', '', now() + interval '1 day') RETURNING id`;
    const [later] = await app.db.query<{ id: number }>(sql);
    expect((await discard(later!.id)).status).toBe(404);
    expect((await api(app, root).post(`/admin/parked-work/${later!.id}/retry`)).status).toBe(404);
    await app.db.query('DELETE FROM outbox WHERE id = $1', [later!.id]);
  });
});

describe('the queues’ page', () => {
  const page = (path = '', headers: Record<string, string> = {}) =>
    fetch(`${app.url}/admin/queues${path}`, { headers, redirect: 'manual' });
  const cookieOf = async (actor: TestUser) => {
    const { headers } = await api(app, actor).post('/admin/queues/session');
    return headers.get('set-cookie')!;
  };

  test('nobody sees it without the cookie of an admin, whatever else he has', async () => {
    const cookie = (await cookieOf(root)).split(';')[0]!;
    const [claims, signature] = [cookie.slice(0, cookie.lastIndexOf('.')), cookie.slice(cookie.lastIndexOf('.'))];
    const forged: Record<string, string>[] = [
      {},
      { authorization: `Bearer ${root.token}` },
      { cookie: `muster_queues=${root.token}` },
      { cookie: 'muster_queues=' },
      { cookie: `${claims.replace(root.id, mod.id)}${signature}` },
      { cookie: `${claims.replace(/\d+$/, (until) => String(Number(until) + 60_000))}${signature}` },
      { cookie: `${claims}.` },
    ];
    for (const headers of forged)
      for (const path of ['', '/', '/api/queues', '/static/favicon.ico', '/queue/fast'])
        expect((await page(path, headers)).status).toBe(401);
    const asked = await page('', { 'accept-language': 'ja' });
    expect(asked.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'sha256-");
    expect(await asked.text()).toContain('サインイン');
  });

  test('its cookie is for this page alone, out of reach of scripts and of other sites', async () => {
    const cookie = await cookieOf(root);
    expect(cookie).toMatch(/^muster_queues=[^;]+; Path=\/admin\/queues; Max-Age=900; HttpOnly; SameSite=Strict$/);
    const [newest] = (await api(app, root).get('/admin/audit-log?action=queues.opened')).body.entries;
    expect(newest).toMatchObject({ actor_id: root.id, user_id: null });
    const gone = await api(app, root).delete('/admin/queues/session');
    expect(gone.headers.get('set-cookie')).toContain('muster_queues=; Path=/admin/queues; Max-Age=0');
  });

  test('it shows the queues and their jobs without what people wrote, and changes nothing', async () => {
    const cookie = (await cookieOf(root)).split(';')[0]!;
    const relay = app.get(OutboxRelay);
    const data = {
      handler: 'nothing',
      payload: { code: '123456', user_id: root.id },
      tenantId: 'default',
      traceId: 'x',
    };
    const job = await relay.queues.get('slow')!.add('nothing', data, { delay: 3_600_000 });
    const html = await page('/', { cookie });
    expect([html.status, html.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await html.text()).toContain('id="root"');
    const reply = await page('/api/queues?activeQueue=slow&status=delayed', { cookie });
    const shown = (await reply.json()) as { queues: { name: string }[] };
    expect(shown.queues.map(({ name }) => name)).toEqual([...QUEUE_NAMES]);
    const one = JSON.stringify(await (await page(`/api/queues/slow/${job.id}`, { cookie })).json());
    expect(one).toContain(root.id);
    expect(one).not.toContain('123456');
    expect(JSON.stringify(shown)).not.toContain('123456');
    for (const [method, path] of [
      ['PUT', `/api/queues/slow/${job.id}/clean`],
      ['PUT', '/api/queues/slow/pause'],
      ['PUT', '/api/queues/slow/empty'],
      ['POST', '/api/queues/slow/add'],
      ['PATCH', `/api/queues/slow/${job.id}/update-data`],
    ]) {
      const options = { method, headers: { cookie, 'content-type': 'application/json' }, body: '{}' };
      expect((await fetch(`${app.url}/admin/queues${path}`, options)).status).toBeGreaterThanOrEqual(400);
    }
    expect(await relay.queues.get('slow')!.isPaused()).toBe(false);
    expect(await job.getState()).toBe('delayed');
    await job.remove();
  });

  test('it ends with the session that opened it, and with the role', async () => {
    const other = await buildUser(app, 'other');
    await patch(root, other, { role: 'admin' });
    const cookie = (await cookieOf(other)).split(';')[0]!;
    const status = async () => (await page('/api/queues', { cookie })).status;
    expect(await status()).toBe(200);
    await patch(root, other, { role: 'moderator' });
    expect(await status()).toBe(401);
    await patch(root, other, { role: 'admin' });
    expect(await status()).toBe(200);
    await patch(root, other, { force_logout: true });
    expect(await status()).toBe(401);
  });
});
