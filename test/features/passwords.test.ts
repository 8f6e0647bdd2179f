import { buildUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { redisOf, redisServersOf } from 'test/support/redis';

/** How scripts ask Redis for its time. */
const TIME = `redis.call('TIME')`;

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

describe('strength', () => {
  const register = (password: string, language = 'en') =>
    api(app).post(
      '/register',
      { email: 'bogomila@example.org', username: 'bogomila_z', password, display_name: 'Bogomila' },
      { headers: { 'accept-language': language } },
    );

  test('a weak password is refused with the reason, in the language of the caller', async () => {
    const [en, ja] = [await register('password1'), await register('password1', 'ja')];
    expect(en.body).toMatchObject({
      status: 422,
      code: 'validation.failed',
      errors: [{ field: 'password', code: 'password_common', message: 'This is a commonly used password.' }],
    });
    expect(ja.body.errors[0].message).toBe('これはよく使われているパスワードです。');
    expect((await register('bogomila_z')).body.errors[0].code).toBe('password_personal');
    expect((await register('x'.repeat(129))).body.errors[0].code).toBe('password_length');
    expect((await register('\ud800 lone and long enough')).status).toBe(422);
  });

  test('also when it is changed', async () => {
    const ana = await buildUser(app);
    const body = { current_password: ana.password, new_password: 'qwertyuiop' };
    const { body: fault } = await api(app, ana).post('/settings/security/change-password', body);
    expect(fault.errors).toMatchObject([{ field: 'new_password', code: 'password_common' }]);
    expect((await api(app).post('/login', ana)).status).toBe(200);
  });

  test('every character of a long one counts, however it is typed', async () => {
    const email = 'long@example.org';
    const long = `${'Žluťoučký kůň úpěl '.repeat(6)}ďábelské`.slice(0, 128);
    const login = (password: string) => api(app).post('/login', { email, password });
    expect((await api(app).post('/register', { email, username: 'long_one', password: long })).status).toBe(201);
    expect((await login(long.normalize('NFD'))).status).toBe(200);
    expect((await login(long.slice(0, -1))).status).toBe(401);
    expect((await login(`${long}\0`)).status).toBe(401);
  });
});

describe('tries', () => {
  let counted: TestApp, node: TestApp;
  beforeAll(async () => {
    const env = { RATE_LIMIT_DISABLED: 'false', TRUSTED_PROXIES: '127.0.0.1' };
    counted = await boot({ beside: app, env });
    node = await boot({ beside: app, roles: ['api'], env });
    [counted, node].forEach(stopClock);
  });
  afterAll(async () => {
    await node.close();
    await counted.close();
  });
  const login = (email: string, password: string, ip: string, at = counted) =>
    api(at).post('/login', { email, password }, { headers: { 'x-forwarded-for': ip } });
  /** As many wrong tries at once. */
  const guess = async (email: string, ip: string, times: number, at = counted) =>
    (await Promise.all(Array.from({ length: times }, () => login(email, 'a guess', ip, at)))).map(
      ({ status }) => status,
    );

  /** No wait ends by itself, however long guesses take: those who count them are told one and the same time. */
  const stopClock = (on: TestApp) => {
    const redis = redisOf(on) as unknown as { eval: (script: string, ...rest: unknown[]) => Promise<unknown> };
    const evaluate = redis.eval.bind(redis);
    jest.spyOn(redis, 'eval').mockImplementation((script, ...rest) => {
      if (!script.includes(`'tries'`)) return evaluate(script, ...rest);
      expect(script).toContain(TIME);
      return evaluate(script.replace(TIME, '{ 1700000000, 0 }'), ...rest);
    });
  };

  const letWaitsEnd = async () => {
    for (const redis of redisServersOf(counted))
      for (const key of await redis.keys(`${app.settings.REDIS_PREFIX}:*default:login:*`))
        await redis.hset(key, 'next', 0);
  };

  test('of one account from one address are slowed down more and more, on all nodes together, even many at once', async () => {
    const ana = await buildUser(app);
    const statuses = await guess(ana.email, '203.0.113.1', 20);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
    const refused = await login(ana.username, ana.password, '203.0.113.1', node);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limit.exceeded' } });
    expect(refused.headers.get('retry-after')).toBe('1');
    const waits: number[] = [];
    for (let round = 0; round < 2; round++) {
      await letWaitsEnd();
      expect(await guess(ana.email, '203.0.113.1', 1)).toEqual([401]);
      waits.push((await login(ana.email, ana.password, '203.0.113.1')).body.params.retry_after as number);
    }
    expect(waits).toEqual([2, 4]);
    expect((await login(ana.email, ana.password, '203.0.113.2')).status).toBe(200);
  });

  test('of an account that does not exist are answered alike', async () => {
    const statuses = await guess('nobody@example.org', '203.0.113.3', 7);
    expect(statuses.sort()).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('from everywhere make strangers wait, a minute at most, and never who has signed in from where she is', async () => {
    const ana = await buildUser(app);
    for (let host = 1; host <= 8; host++) await guess(ana.email, `198.51.100.${host}`, 4);
    const stranger = await login(ana.email, ana.password, '198.51.100.99');
    expect(stranger.status).toBe(429);
    expect(stranger.body.params.retry_after).toBeLessThanOrEqual(60);
    expect((await api(counted).post('/login', { email: ana.email, password: ana.password })).status).toBe(200);
  });

  test('a good one clears what was counted', async () => {
    const ana = await buildUser(app);
    for (let round = 0; round < 3; round++) {
      expect(await guess(ana.email, '203.0.113.4', 4)).toEqual([401, 401, 401, 401]);
      expect((await login(ana.email, ana.password, '203.0.113.4')).status).toBe(200);
    }
  });

  test('without Redis nobody signs in, and who is signed in stays so', async () => {
    const ana = await buildUser(app);
    const lonely = await boot({ beside: counted, roles: ['api'] });
    redisOf(lonely).disconnect();
    const refused = await login(ana.email, ana.password, '203.0.113.5', lonely);
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(refused.headers.get('retry-after')).toBeTruthy();
    expect((await api(lonely, ana).get('/profile')).status).toBe(200);
    await lonely.close();
  });
});
