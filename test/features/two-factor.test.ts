import { TwoFactorService } from 'src/modules/auth/two-factor.service';
import { codeOf, turnOnSecondFactor } from 'test/factories/second-factors';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { meanwhile } from 'test/support/meanwhile';
import { connect } from 'test/support/socket';

const wrong = (code: string) => String((Number(code) + 500_000) % 1_000_000).padStart(6, '0');
const PATH = '/settings/security/2fa';

let app: TestApp;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
});
afterAll(() => app.close());

const turnOn = (user: TestUser) => turnOnSecondFactor(app, user);
const login = ({ email, password }: TestUser) => api(app).post('/login', { email, password });
const answer = (challenge: string, code: string, at = app) => api(at).post('/login/2fa', { challenge, code });
const challengeFor = async (user: TestUser) => (await login(user)).body.params.challenge as string;

test('nothing is asked for before it is confirmed, and it begins with the password', async () => {
  const ana = await buildUser(app, 'ana');
  const me = api(app, ana);
  expect((await me.post(`${PATH}/enable`, { password: 'wrong' })).body.code).toBe('auth.wrong_password');
  const { body } = await me.post(`${PATH}/enable`, { password: ana.password });
  expect(body.otpauth_url).toBe(
    `otpauth://totp/Muster:${encodeURIComponent(ana.email)}?secret=${body.secret}&issuer=Muster&digits=6&period=30`,
  );
  expect((await login(ana)).status).toBe(200);
  const code = codeOf(body.secret as string);
  expect((await me.post(`${PATH}/confirm`, { code: wrong(code) })).body.code).toBe('auth.wrong_two_factor_code');
  expect((await me.get(PATH)).body).toEqual({ enabled: false, recovery_codes_left: 0 });
  const confirmed = await me.post(`${PATH}/confirm`, { code });
  expect(new Set(confirmed.body.recovery_codes).size).toBe(10);
  expect((await me.get(PATH)).body).toEqual({ enabled: true, recovery_codes_left: 10 });
  expect((await me.post(`${PATH}/enable`, { password: ana.password })).body.code).toBe('auth.two_factor_on');
});

test('then a sign-in takes a code, which is good once, even if it comes twice at once', async () => {
  const ana = await buildUser(app);
  const { secret } = await turnOn(ana);
  const refused = await login(ana);
  expect(refused).toMatchObject({
    status: 401,
    body: { code: 'auth.two_factor_required', params: { expires_in: 300 } },
  });
  expect(refused.body.access_token).toBeUndefined();
  const challenge = refused.body.params.challenge as string;
  expect((await api(app, { token: challenge }).get('/profile')).status).toBe(401);
  expect((await answer(challenge, wrong(codeOf(secret)))).body.code).toBe('auth.wrong_two_factor_code');
  const code = codeOf(secret);
  const replies = await Promise.all([1, 2, 3].map(() => answer(challenge, code)));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
  const { body } = replies.find(({ status }) => status === 200)!;
  expect((await api(app, { token: body.access_token }).get('/profile')).body.id).toBe(ana.id);
  expect((await answer(challenge, codeOf(secret, 1))).status).toBe(200);
  expect((await answer(challenge, code)).status).toBe(403);
});

test('a code may be given as apps show it, in two groups', async () => {
  const ana = await buildUser(app);
  const { secret, recoveryCodes } = await turnOn(ana);
  const [first, ...rest] = codeOf(secret).match(/.{3}/g)!;
  expect((await answer(await challengeFor(ana), `${first} ${rest.join()}`)).status).toBe(200);
  const recovery = recoveryCodes[0]!.toLowerCase().replaceAll('-', ' ');
  expect((await answer(await challengeFor(ana), recovery)).status).toBe(200);
});

test('a wrong password learns nothing of it', async () => {
  const ana = await buildUser(app);
  await turnOn(ana);
  expect((await login({ ...ana, password: 'wrong' })).body.code).toBe('auth.invalid_credentials');
});

test('each recovery code replaces a code once', async () => {
  const ana = await buildUser(app);
  const { recoveryCodes } = await turnOn(ana);
  const challenge = await challengeFor(ana);
  expect((await answer(challenge, recoveryCodes[0]!.toLowerCase().replaceAll('-', ' '))).status).toBe(200);
  expect((await answer(challenge, recoveryCodes[0]!)).status).toBe(403);
  expect((await answer(challenge, recoveryCodes[1]!)).status).toBe(200);
  expect((await api(app, ana).get(PATH)).body.recovery_codes_left).toBe(8);
  const rows = await app.db.query('SELECT hash FROM recovery_codes WHERE user_id = $1', [ana.id]);
  expect(rows).toHaveLength(8);
});

test('a challenge is void when it is forged, another token, or older than the password', async () => {
  const ana = await buildUser(app);
  const { secret } = await turnOn(ana);
  const challenge = await challengeFor(ana);
  for (const bad of [ana.token, ana.refreshToken, `${challenge}x`, 'x'])
    expect((await answer(bad, codeOf(secret))).body.code).toBe('auth.invalid_credentials');
  const change = { current_password: ana.password, new_password: 'seven clouds over Bled' };
  expect((await api(app, ana).post('/auth/change-password', change)).status).toBe(204);
  expect((await answer(challenge, codeOf(secret))).body.code).toBe('auth.invalid_credentials');
});

test('it is turned off only by the password and a code', async () => {
  const ana = await buildUser(app);
  const { secret } = await turnOn(ana);
  const off = (body: unknown) => api(app, ana).post(`${PATH}/disable`, body);
  const { password } = ana;
  expect((await off({ password })).status).toBe(422);
  expect((await off({ password: 'wrong', code: codeOf(secret) })).body.code).toBe('auth.wrong_password');
  expect((await off({ password, code: wrong(codeOf(secret)) })).body.code).toBe('auth.wrong_two_factor_code');
  expect((await off({ password, code: codeOf(secret) })).status).toBe(204);
  expect((await login(ana)).status).toBe(200);
  expect((await off({ password, code: codeOf(secret, 1) })).body.code).toBe('auth.two_factor_off');
});

describe('new recovery codes', () => {
  const renew = (user: TestUser, body: unknown, at = app) => api(at, user).post(`${PATH}/recovery-codes`, body);

  test('take the password and a code, void those before, and are told to the other devices and in the log', async () => {
    const ana = await buildUser(app);
    const { password } = ana;
    expect((await renew(ana, { password, code: '123456' })).body.code).toBe('auth.two_factor_off');
    const { secret, recoveryCodes } = await turnOn(ana);
    expect((await renew(ana, { password })).status).toBe(422);
    expect((await renew(ana, { password: 'wrong', code: codeOf(secret) })).body.code).toBe('auth.wrong_password');
    const refused = await renew(ana, { password, code: wrong(codeOf(secret)) });
    expect(refused).toMatchObject({ status: 403, body: { code: 'auth.wrong_two_factor_code' } });
    expect((await api(app, ana).get(PATH)).body.recovery_codes_left).toBe(10);

    const other = await connect(app, ana);
    const { status, body } = await renew(ana, { password, code: codeOf(secret) });
    expect(status).toBe(200);
    const renewed = body.recovery_codes as string[];
    expect(new Set([...renewed, ...recoveryCodes]).size).toBe(20);
    await other.next('account_changed', ({ part }) => part === 'security');
    other.close();
    const { logs } = (await api(app, ana).get('/settings/security/logs')).body;
    expect(logs.map(({ event }: { event: string }) => event)).toContain('recovery_codes_renewed');
    expect((await api(app, ana).get(PATH)).body).toEqual({ enabled: true, recovery_codes_left: 10 });
    const challenge = await challengeFor(ana);
    for (const void_ of recoveryCodes) expect((await answer(challenge, void_)).status).toBe(403);
    expect((await answer(challenge, renewed[0]!)).status).toBe(200);
  });

  test('may be had for one of the old, which is good once, even if it comes twice at once', async () => {
    const ana = await buildUser(app);
    const { recoveryCodes } = await turnOn(ana);
    const body = { password: ana.password, code: recoveryCodes[0] };
    const replies = await Promise.all([1, 2].map(() => renew(ana, body)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect((await api(app, ana).get(PATH)).body.recovery_codes_left).toBe(10);
  });

  test('are not had by a password that is replaced meanwhile, nor when it is turned off', async () => {
    const [ana, bea] = [await buildUser(app), await buildUser(app)];
    const [one, two] = [await turnOn(ana), await turnOn(bea)];
    const change = { current_password: ana.password, new_password: 'seven clouds over Bled' };
    const factors = app.get(TwoFactorService);
    meanwhile(factors, 'factors', 'setLastStep', () => api(app, ana).post('/auth/change-password', change));
    const refused = await renew(ana, { password: ana.password, code: codeOf(one.secret) });
    expect(refused.body.code).toBe('auth.wrong_password');
    meanwhile(factors, 'passwords', 'hold', () => app.db.query('DELETE FROM two_factors WHERE user_id = $1', [bea.id]));
    expect((await renew(bea, { password: bea.password, code: codeOf(two.secret) })).body.code).toBe(
      'auth.two_factor_off',
    );
  });
});

test('guessing codes is slowed down, wherever it comes from', async () => {
  const ana = await buildUser(app);
  const { secret } = await turnOn(ana);
  const challenge = await challengeFor(ana);
  const counted = await boot({ beside: app, roles: ['api'], env: { RATE_LIMIT_DISABLED: 'false' } });
  const guesses = Array.from({ length: 8 }, () => answer(challenge, wrong(codeOf(secret)), counted));
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([403, 403, 403, 403, 403, 429, 429, 429]);
  await counted.close();
});
