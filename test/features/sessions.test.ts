import { AuthWorkers } from 'src/modules/auth/auth.workers';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { redisOf } from 'test/support/redis';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
let node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const WITHIN_SECONDS = 1;

/** Another sign-in of the user. */
async function signIn(user: TestUser, headers: Record<string, string> = {}) {
  const { body } = await api(app).post('/login', { email: user.email, password: user.password }, { headers });
  return { token: body.access_token as string, refreshToken: body.refresh_token as string };
}
const sessionsOf = async (user: { token: string }) => (await api(app, user).get('/sessions')).body;

test('a person sees where she is signed in', async () => {
  const ana = await buildUser(app, 'ana');
  const browser = await signIn(ana, { 'user-agent': FIREFOX, 'x-forwarded-for': '203.0.113.7' });
  const { items, sessions, next_cursor: next } = await sessionsOf(browser);
  expect(items).toEqual(sessions);
  expect(next).toBeNull();
  expect(items).toMatchObject([
    { device: 'Firefox, Linux', user_agent: FIREFOX, ip_address: '127.0.0.1', current: true },
    { device: 'test', current: false },
  ]);
  const first = await api(app, browser).get('/sessions?limit=1');
  const second = await api(app, browser).get(`/sessions?limit=1&cursor=${first.body.next_cursor}`);
  expect([...first.body.items, ...second.body.items]).toEqual(items);
  expect((await api(app, browser).get('/auth/me')).body).toMatchObject({ id: ana.id });
});

test('an address that a proxy tells is believed from a trusted proxy alone', async () => {
  const behind = await boot({ beside: app, roles: ['api'], env: { TRUSTED_PROXIES: '127.0.0.1' } });
  const ana = await buildUser(app);
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  await api(behind).post('/login', { email: ana.email, password: ana.password }, { headers });
  const { items } = await sessionsOf(ana);
  expect(items[0].ip_address).toBe('203.0.113.7');
  await behind.close();
});

test('activity is noted to the minute', async () => {
  const ana = await buildUser(app);
  await app.db.query(`UPDATE sessions SET last_active_at = now() - interval '1 hour' WHERE user_id = $1`, [ana.id]);
  const [session] = (await sessionsOf(ana)).items;
  expect(Date.now() - Date.parse(session.last_active_at as string)).toBeLessThan(30_000);
});

test('a session that is ended is void on REST and its sockets closed, on every node, within a second', async () => {
  const ana = await buildUser(app);
  const phone = await signIn(ana);
  const [socket, own] = [await connect(node, phone), await connect(node, ana)];
  const { items } = await sessionsOf(ana);
  const { id } = items.find(({ current }: { current: boolean }) => !current);
  expect((await api(app, ana).delete(`/sessions/${id}`)).status).toBe(204);
  expect((await api(node, phone).get('/profile')).status).toBe(401);
  await until('its socket is closed', () => !socket.raw.connected, WITHIN_SECONDS);
  expect(socket.all('session_revoked')).toEqual([{ reason: 'revoked' }]);
  expect((await api(app).post('/refresh-token', { refresh_token: phone.refreshToken })).status).toBe(401);
  expect(own.raw.connected).toBe(true);
  expect((await api(app, ana).delete(`/sessions/${id}`)).body.code).toBe('session.not_found');
  own.close();
});

test('nobody ends a session of others', async () => {
  const [ana, eve] = [await buildUser(app), await buildUser(app)];
  const [{ id }] = (await sessionsOf(ana)).items;
  expect((await api(app, eve).delete(`/sessions/${id}`)).body.code).toBe('session.not_found');
  expect((await api(app, eve).delete('/sessions/nonsense')).status).toBe(422);
  expect((await api(app, eve).delete('/sessions')).status).toBe(204);
  expect((await api(app, ana).get('/profile')).status).toBe(200);
});

test('all other sessions end at once', async () => {
  const ana = await buildUser(app);
  const others = [await signIn(ana), await signIn(ana)];
  const sockets = [await connect(app, others[0]), await connect(node, others[1])];
  const own = await connect(node, ana);
  expect((await api(app, ana).delete('/sessions')).status).toBe(204);
  await until('they are closed', () => sockets.every(({ raw }) => !raw.connected), WITHIN_SECONDS);
  for (const other of others) expect((await api(node, other).get('/profile')).status).toBe(401);
  expect(own.raw.connected).toBe(true);
  expect((await sessionsOf(ana)).items).toHaveLength(1);
  own.close();
});

test.each(['post', 'put'] as const)('a changed password (%s) ends all other sessions', async (method) => {
  const ana = await buildUser(app);
  const other = await signIn(ana);
  const socket = await connect(node, other);
  const change = (current: string, next: string) =>
    api(app, ana)[method]('/auth/change-password', { current_password: current, new_password: next });
  const next = 'seven clouds over Bled';
  expect((await change('wrong', next)).body).toMatchObject({ status: 403, code: 'auth.wrong_password' });
  expect((await change(ana.password, 'short')).body.errors).toMatchObject([{ field: 'new_password' }]);
  expect((await change(ana.password, next)).status).toBe(204);
  await until('its socket is closed', () => !socket.raw.connected, WITHIN_SECONDS);
  expect((await api(node, other).get('/profile')).status).toBe(401);
  expect((await api(app, ana).get('/profile')).status).toBe(200);
  expect((await api(app).post('/login', ana)).status).toBe(401);
  expect((await api(app).post('/login', { email: ana.email, password: next })).status).toBe(200);
});

test('a sign-in that races a change of the password does not outlive it', async () => {
  const ana = await buildUser(app);
  const signIns = Array.from({ length: 8 }, () => signIn(ana));
  const changed = api(app, ana).post('/auth/change-password', {
    current_password: ana.password,
    new_password: 'seven clouds over Bled',
  });
  const others = await Promise.all(signIns);
  expect((await changed).status).toBe(204);
  for (const { token } of others)
    expect(token === undefined || (await api(app, { token }).get('/profile')).status === 401).toBe(true);
});

test('a session that ends while Redis is away, or whose user is deactivated, is closed all the same', async () => {
  const lonely = await boot({ beside: app, roles: ['api'] });
  const [ana, bea] = [await buildUser(app), await buildUser(app)];
  const sockets = [await connect(lonely, ana), await connect(lonely, bea)];
  redisOf(lonely).disconnect();
  await app.db.query('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [ana.id]);
  await app.db.query('UPDATE users SET is_active = false WHERE id = $1', [bea.id]);
  await until('they are closed', () => sockets.every(({ raw }) => !raw.connected), 2 * WITHIN_SECONDS);
  expect(sockets.map((socket) => socket.all('session_revoked'))).toEqual([
    [{ reason: 'revoked' }],
    [{ reason: 'revoked' }],
  ]);
  await lonely.close();
});

describe('what has expired is forgotten', () => {
  const MOST = 1000;
  /** PostgreSQL refuses statements that delete more tokens than that. */
  const allow = (most: number) =>
    app.db.query(`
      CREATE OR REPLACE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (SELECT count(*) FROM gone) > ${most} THEN RAISE EXCEPTION 'so many at once'; END IF; RETURN NULL; END $$;
      CREATE OR REPLACE TRIGGER refuse_many AFTER DELETE ON refresh_tokens REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_many()`);
  const count = async (from: string, id: string) =>
    (await app.db.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`, [id]))[0]!.n;
  afterAll(() => app.db.query('DROP TRIGGER refuse_many ON refresh_tokens'));

  test('some at a time, and sessions with the last of their tokens', async () => {
    const ana = await buildUser(app, 'ana');
    await allow(MOST);
    await app.db.query(
      `WITH s AS (INSERT INTO sessions (id, user_id) SELECT gen_random_uuid(), $1 FROM generate_series(1, 900) RETURNING id)
       INSERT INTO refresh_tokens (hash, session_id, expires_at)
       SELECT sha256((s.id || n::text)::bytea), s.id, now() - n * interval '1 minute' FROM s, generate_series(1, 3) n`,
      [ana.id],
    );
    await app.db.query(
      `INSERT INTO refresh_tokens (hash, session_id, expires_at)
       SELECT 'old', id, now() - interval '1 day' FROM sessions WHERE user_id = $1 AND user_agent IS NOT NULL`,
      [ana.id],
    );
    await app.get(AuthWorkers).forget();
    expect(await sessionsOf(ana)).toMatchObject({ sessions: [{ current: true }] });
    expect(await count('sessions WHERE user_id = $1', ana.id)).toBe(1);
    const tokens = 'refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id = $1';
    expect(await count(tokens, ana.id)).toBe(1);
  });

  test('codes and the log of who did what, even if sessions cannot be', async () => {
    const ana = await buildUser(app, 'ana');
    await allow(-1);
    await app.db.query(
      `INSERT INTO email_codes (user_id, purpose, email, code_hash, token_hash, tries_left, expires_at)
       VALUES ($1, 'reset', 'a@example.org', 'x', 'x', 1, now() - interval '1 day')`,
      [ana.id],
    );
    await app.db.query(
      `INSERT INTO security_events (user_id, event, created_at) VALUES ($1, 'login', now() - interval '10 years')`,
      [ana.id],
    );
    await expect(app.get(AuthWorkers).forget()).rejects.toThrow('so many at once');
    expect(await count(`email_codes WHERE user_id = $1 AND purpose = 'reset'`, ana.id)).toBe(0);
    expect(await count(`security_events WHERE user_id = $1 AND created_at < now() - interval '5 years'`, ana.id)).toBe(
      0,
    );
  });
});
