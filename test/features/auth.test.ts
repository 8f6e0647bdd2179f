import { Database } from 'src/core/database/database';
import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

const ana = { email: 'Ana@Example.org', username: 'Ana', password: 'correct horse battery', display_name: 'Ana' };

test('a person registers, signs in by e-mail or username, and reads and changes her profile', async () => {
  const registered = await api(app).post('/register', ana);
  expect(registered).toMatchObject({
    status: 201,
    body: {
      token_type: 'bearer',
      expires_in: 1800,
      user: { email: 'ana@example.org', username: 'ana', display_name: 'Ana' },
    },
  });
  expect(JSON.stringify(registered.body)).not.toContain('password');
  for (const credentials of [{ email: 'ana@example.org' }, { email: 'ANA' }, { username: 'ana' }]) {
    const signedIn = await api(app).post('/login', { ...credentials, password: ana.password });
    expect(signedIn.status).toBe(200);
    const me = api(app, { token: signedIn.body.access_token });
    expect((await me.get('/profile')).body).toMatchObject({ id: registered.body.user.id, full_name: 'Ana' });
  }
  const me = api(app, { token: registered.body.access_token });
  const changed = await me.put('/profile', {
    full_name: 'Ana K.',
    language: 'jp',
    timezone: 'Asia/Tokyo',
    bio: '  hello  ',
  });
  expect(changed.body).toMatchObject({ display_name: 'Ana K.', language: 'ja', timezone: 'Asia/Tokyo', bio: 'hello' });
  expect((await me.put('/profile', { language: 'xx' })).body).toMatchObject({
    status: 422,
    code: 'user.language_not_supported',
  });
});

test('an e-mail address and a username belong to one account each', async () => {
  const taken = await buildUser(app, 'taken');
  const again = { email: 'other@example.org', username: 'other_one', password: ana.password };
  expect((await api(app).post('/register', { ...again, email: taken.email.toUpperCase() })).body.code).toBe(
    'user.email_taken',
  );
  expect((await api(app).post('/register', { ...again, username: taken.username })).body.code).toBe(
    'user.username_taken',
  );
});

test('a wrong password and an unknown account get the same answer', async () => {
  const { email } = await buildUser(app);
  const replies = await Promise.all(
    [email, 'nobody@example.org'].map((login) => api(app).post('/login', { email: login, password: 'wrong' })),
  );
  const [wrong, unknown] = replies.map(({ status, body: { trace_id: _, ...body } }) => ({ status, body }));
  expect(wrong).toEqual(unknown);
  expect(wrong).toMatchObject({ status: 401, body: { code: 'auth.invalid_credentials' } });
});

test('a refresh token is exchanged once; when it comes again later, the session ends', async () => {
  const user = await buildUser(app);
  const refresh = (token: string) => api(app).post('/refresh-token', { refresh_token: token });
  const first = await refresh(user.refreshToken);
  expect(first.status).toBe(200);
  const retry = await refresh(user.refreshToken);
  expect(retry.status).toBe(200);
  await app
    .get(Database)
    .query(`UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL`);
  expect((await refresh(user.refreshToken)).body.code).toBe('auth.invalid_refresh_token');
  expect((await refresh(first.body.refresh_token)).body.code).toBe('auth.invalid_refresh_token');
  expect((await api(app, { token: first.body.access_token }).get('/profile')).status).toBe(401);
});

test('signing out ends the session on REST and closes its sockets', async () => {
  const user = await buildUser(app);
  const socket = await connect(app, user);
  expect((await api(app, user).post('/logout')).status).toBe(204);
  expect(await socket.next('session_revoked')).toEqual({ reason: 'signed_out' });
  expect((await api(app, user).get('/profile')).body.code).toBe('auth.unauthorized');
  await expect(connect(app, user)).rejects.toMatchObject({ data: { code: 'auth.unauthorized' } });
});
