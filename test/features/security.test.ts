import { AuthWorkers } from 'src/modules/auth/auth.workers';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { codeFor, mailsOf } from 'test/support/mailbox';
import { until } from 'test/support/until';

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const PHONE = 'Dart/3.9 (dart:io) Android';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

const from = (userAgent: string) => ({ headers: { 'user-agent': userAgent } });
const login = async (user: TestUser, userAgent: string, password = user.password): Promise<TestUser> => {
  const { body } = await api(app).post('/login', { email: user.email, password }, from(userAgent));
  return { ...user, token: body.access_token, refreshToken: body.refresh_token };
};
const logs = async (user: TestUser) => (await api(app, user).get('/settings/security/logs')).body.logs as any[];
const events = async (user: TestUser) => (await logs(user)).map(({ event }) => event as string);

describe('the log of an account', () => {
  test('tells its owner, and him alone, what happened, when, and with what', async () => {
    const [ana, eve] = [await buildUser(app, 'ana'), await buildUser(app, 'eve')];
    await login(ana, FIREFOX, 'wrong');
    await until('the failure is noted', async () => (await events(ana)).includes('sign_in_failed'));
    const other = await login(ana, FIREFOX);
    await api(app, other).post('/logout');
    await api(app, ana).put('/auth/change-password', {
      current_password: 'wrong',
      new_password: 'seven clouds at Bled',
    });
    await until('the failure is noted', async () => (await events(ana)).includes('password_failed'));
    await login(ana, PHONE);
    await api(app, ana).put(
      '/settings/security/change-password',
      { current_password: ana.password, new_password: 'seven clouds at Bled' },
      from(PHONE),
    );
    expect(await events(ana)).toEqual([
      'session_revoked',
      'password_changed',
      'signed_in',
      'password_failed',
      'signed_out',
      'signed_in',
      'sign_in_failed',
      'registered',
    ]);
    const failed = (await logs(ana)).find(({ event }) => event === 'sign_in_failed');
    expect(failed).toEqual({
      id: expect.any(Number),
      event: 'sign_in_failed',
      device: 'Firefox, Windows',
      user_agent: FIREFOX,
      ip_address: '127.0.0.1',
      created_at: expect.stringMatching(/Z$/),
    });
    expect(await events(eve)).toEqual(['registered']);
    expect((await api(app, ana).get('/profile/activities')).body.activities).toEqual(await logs(ana));
    for (const path of ['/settings/security', '/settings/security/logs', '/profile/activities'])
      expect((await api(app).get(path)).status).toBe(401);
  });

  test('comes in pages, and goes after 90 days', async () => {
    const ana = await buildUser(app);
    for (let round = 0; round < 4; round++) await login(ana, FIREFOX);
    const ids = (await logs(ana)).map(({ id }) => id as number);
    const [seen, me]: [number[], any] = [[], api(app, ana)];
    for (let cursor = ''; cursor !== null;) {
      const { body } = await me.get(`/settings/security/logs?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(body.logs).toHaveLength(Math.min(2, 5 - seen.length));
      seen.push(...body.logs.map(({ id }: { id: number }) => id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(ids);
    await app.db.query(
      `UPDATE security_events SET created_at = now() - interval '1 day' * (CASE WHEN id = $2 THEN 89 ELSE 91 END) WHERE user_id = $1`,
      [ana.id, ids[0]],
    );
    await app.get(AuthWorkers).forget();
    expect((await logs(ana)).map(({ id }) => id as number)).toEqual([ids[0]]);
  });

  test('shows a stolen refresh token, a reset, a verified address and each end of a session with its device', async () => {
    const ana = await buildUser(app);
    const stolen = await login(ana, PHONE);
    const refresh = () => api(app).post('/refresh-token', { refresh_token: stolen.refreshToken });
    await refresh();
    await app.db.query(`UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL`);
    expect((await refresh()).status).toBe(401);
    const [newest] = await logs(ana);
    expect(newest).toMatchObject({ event: 'refresh_token_reused', user_agent: PHONE });
    await api(app).post('/forgot-password', { email: ana.email });
    await app.settle();
    const body = { email: ana.email, code: await codeFor(app, ana.email), new_password: 'seven clouds at Bled' };
    expect((await api(app).post('/reset-password', body, from(FIREFOX))).status).toBe(204);
    const again = await login(ana, FIREFOX, body.new_password);
    expect((await events(again)).slice(0, 3)).toEqual(['signed_in', 'session_revoked', 'password_reset']);
  });
});

describe('mail about a sign-in', () => {
  const alertsFor = async ({ email }: TestUser) => {
    await app.settle();
    return (await mailsOf(app)).filter((mail) => mail.includes(`To: ${email}\n`));
  };

  test('comes when the device is new, in the language of the person, if the address is verified', async () => {
    const [ana, unverified] = [await buildUser(app), await buildUser(app)];
    await app.db.query('UPDATE users SET is_verified = true WHERE id = $1', [ana.id]);
    await api(app, ana).put('/profile', { language: 'ja', timezone: 'Asia/Tokyo' });
    for (const user of [ana, unverified]) {
      await login(user, 'test');
      expect(await alertsFor(user)).toEqual([]);
      await login(user, FIREFOX);
      await login(user, FIREFOX);
    }
    const [mail, ...more] = await alertsFor(ana);
    expect(mail).toContain('新しい端末から');
    expect(mail).toContain('Firefox, Windows · 127.0.0.1 · 20');
    expect([...more, ...(await alertsFor(unverified))]).toEqual([]);
  });

  test('does not come to who does not want it', async () => {
    const ana = await buildUser(app);
    await app.db.query('UPDATE users SET is_verified = true WHERE id = $1', [ana.id]);
    const me = api(app, ana);
    const safety = { two_factor_enabled: false, recovery_codes_left: 0, is_verified: true, active_sessions: 1 };
    expect((await me.get('/settings/security')).body).toEqual({ login_alerts: true, ...safety });
    const greedy = { login_alerts: false, two_factor_enabled: true, is_verified: false };
    expect((await me.put('/settings/security', greedy)).body).toEqual({ login_alerts: false, ...safety });
    expect((await me.put('/settings/security', {})).body.login_alerts).toBe(false);
    for (const wrong of ['yes', 1, null])
      expect((await me.put('/settings/security', { login_alerts: wrong })).status).toBe(422);
    await login(ana, FIREFOX);
    expect(await alertsFor(ana)).toEqual([]);
  });
});
