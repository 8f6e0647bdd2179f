import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

let app: TestApp, limited: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'], env: { ALLOWED_ORIGINS: 'https://app.example' } });
  limited = await boot({
    beside: app,
    roles: ['api'],
    env: { RATE_LIMIT_DISABLED: 'false', RATE_LIMIT_PER_MINUTE: '5' },
  });
  ana = await buildUser(app, 'ana');
});
afterAll(async () => {
  await limited.close();
  await app.close();
});

const raw = (
  options: { method?: string; path: string; headers?: Record<string, string> },
  body?: string | Buffer,
  at = app,
) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const { port } = new URL(at.url);
    const call = request({ host: '127.0.0.1', port, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    call.on('error', reject).end(body);
  });

test('a fault is a problem document: stable code, text twice, trace', async () => {
  const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
  const reply = await api(app).get('/nowhere', { headers: { traceparent } });
  expect(reply.status).toBe(404);
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(reply.headers.get('x-request-id')).toBe('ab'.repeat(16));
  expect(reply.body).toEqual({
    type: 'urn:muster:error:route.not_found',
    title: 'Not Found',
    status: 404,
    code: 'route.not_found',
    detail: reply.body.message,
    message: expect.stringMatching(/\w+ \w+/) as string,
    params: {},
    trace_id: 'ab'.repeat(16),
  });
});

test('a route asks for a token unless it says otherwise', async () => {
  for (const headers of [
    {},
    { authorization: 'Bearer' },
    { authorization: 'Basic abc' },
    { authorization: `Bearer ${ana.refreshToken}` },
  ]) {
    const reply = await api(app).get('/profile', { headers: headers as Record<string, string> });
    expect(reply).toMatchObject({ status: 401, body: { code: 'auth.unauthorized' } });
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  }
});

test('a wrong part of a path is called by its name', async () => {
  expect((await api(app, ana).get('/chats/x/messages')).body).toMatchObject({
    code: 'validation.failed',
    errors: [{ field: 'chat_id' }],
  });
});

test('bodies that are not what they should be get 4xx', async () => {
  const post = (body: string | Buffer, type = 'application/json') =>
    raw({ method: 'POST', path: '/api/v1/login', headers: { 'content-type': type } }, body);
  const codeOf = async (reply: ReturnType<typeof post>) => (JSON.parse((await reply).body) as { code: string }).code;
  expect(await codeOf(post('{"email":'))).toBe('request.malformed');
  expect(await codeOf(post('email=x', 'application/x-www-form-urlencoded'))).toBe('request.unsupported_media_type');
  expect(await codeOf(post('text', 'text/plain'))).toBe('request.unsupported_media_type');
  expect(await codeOf(post(JSON.stringify({ email: 'x'.repeat(2_000_000) })))).toBe('request.too_large');
  expect(await codeOf(post('[]'))).toBe('validation.failed');
  expect(await codeOf(post('null'))).toBe('validation.failed');
  expect(await codeOf(post('{"__proto__":{"email":"a"},"password":"x"}'))).toBe('validation.failed');
  expect(await codeOf(post(`${'['.repeat(100_000)}`))).toBe('validation.failed');
  expect(await codeOf(post(`${'['.repeat(33)}${']'.repeat(33)}`))).toBe('validation.failed');
  expect(await codeOf(post(`${'['.repeat(32)}${']'.repeat(32)}`))).toBe('validation.failed');
  expect(await codeOf(post(Buffer.from([0xff, 0xfe, 0x7b])))).toBe('request.malformed');
});

test('every wrong field is named, with the reason in the language of the caller', async () => {
  const wrong = { email: 'nope', username: 'a b', password: 'short', role: 'admin' };
  const post = async (language: string) =>
    (await api(app).post('/register', wrong, { headers: { 'x-language': language } })).body;
  const english = await post('en');
  expect(english.errors.map(({ field }: { field: string }) => field)).toEqual(['email', 'username', 'password']);
  const japanese = await post('jp');
  expect(japanese.errors.map(({ code }: { code: string }) => code)).toEqual(
    english.errors.map(({ code }: { code: string }) => code),
  );
  for (const index of [0, 1, 2]) expect(japanese.errors[index].message).not.toBe(english.errors[index].message);
});

test('a host that is not ours, a foreign origin and a worker are told nothing', async () => {
  expect((await raw({ path: '/api/v1/profile', headers: { host: 'evil.example' } })).status).toBe(421);
  expect((await raw({ path: '/health/live', headers: { host: 'evil.example' } })).status).toBe(200);
  const preflight = (origin: string) =>
    raw({ method: 'OPTIONS', path: '/api/v1/login', headers: { origin, 'access-control-request-method': 'POST' } });
  expect((await preflight('https://app.example')).headers['access-control-allow-origin']).toBe('https://app.example');
  expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
  const worker = await boot({ beside: app, roles: ['worker'] });
  expect((await api(worker).get('/profile')).status).toBe(404);
  expect((await api(worker).get('//health/ready')).body).toMatchObject({ status: 'ok' });
  await worker.close();
});

test('security headers stand on every answer', async () => {
  for (const path of ['/profile', '//health/live', '//docs']) {
    const { headers } = await api(app).get(path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('strict-transport-security')).toBeTruthy();
  }
});

test('limits are told in headers; over them there is 429 with the time to wait', async () => {
  const first = await api(limited, ana).get('/profile');
  expect(first.headers.get('ratelimit-limit')).toBe('5');
  expect(first.headers.get('ratelimit-remaining')).toBe('4');
  const replies = await Promise.all(Array.from({ length: 6 }, () => api(limited, ana).get('/profile')));
  const refused = replies.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  expect(refused[0]!.body).toMatchObject({ code: 'rate_limit.exceeded', params: { limit: 5 } });
  expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
  const other = await buildUser(app, 'other');
  expect((await api(limited, other).get('/profile')).status).toBe(200);
});

test('a refusal by a limit says so in the same headers', async () => {
  const one = await buildUser(app);
  const refused = (await Promise.all(Array.from({ length: 6 }, () => api(limited, one).get('/profile')))).at(-1)!;
  expect(refused.status).toBe(429);
  const header = (name: string) => refused.headers.get(`ratelimit-${name}`);
  expect(['policy', 'limit', 'remaining', 'reset'].map(header)).toEqual(['5;w=60', '5', '0', expect.any(String)]);
});

test('of IPv6 a whole network has one allowance', async () => {
  const near = await boot({
    beside: app,
    roles: ['api'],
    env: { RATE_LIMIT_DISABLED: 'false', RATE_LIMIT_PER_MINUTE: '2', TRUSTED_PROXIES: '127.0.0.1' },
  });
  const ask = (ip: string) => api(near).get('/languages', { headers: { 'x-forwarded-for': ip } });
  const statuses: number[] = [];
  for (const end of ['1', '2', 'dead:beef']) statuses.push((await ask(`2001:db8:1:2::${end}`)).status);
  expect(statuses).toEqual([200, 200, 429]);
  expect((await ask('2001:db8:1:3::1')).status).toBe(200);
  await near.close();
});

test('who is refused time and again is refused unread, but for those beside him who have a good token', async () => {
  const wary = await boot({
    beside: app,
    roles: ['api'],
    env: { RATE_LIMIT_DISABLED: 'false', REFUSED_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' },
  });
  const from = (ip: string, token?: string) => ({
    post: (body: string) =>
      fetch(`${wary.url}/api/v1/chats`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': ip, ...(token && { authorization: `Bearer ${token}` }) }, // oxfmt-ignore
        body,
      }),
  });
  const statuses: number[] = [];
  for (const body of ['{}', '{', '{}', '{']) statuses.push((await from('192.0.2.1', 'bad').post(body)).status);
  expect(statuses).toEqual([401, 400, 401, 429]);
  const refused = await from('192.0.2.1').post('{');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await from('192.0.2.1', ana.token).post('{}')).status).toBe(422);
  expect((await from('192.0.2.2', 'bad').post('{}')).status).toBe(401);
  expect((await fetch(`${wary.url}/health/live`, { headers: { 'x-forwarded-for': '192.0.2.1' } })).status).toBe(200);
  await wary.close();
});

test('figures are for this machine, or for who has the token', async () => {
  const { body } = await api(app).get('//metrics');
  expect(body).toContain('muster_http_seconds_count{method="GET",route="/api/v1/profile"');
  const guarded = await boot({ beside: app, roles: ['api'], env: { METRICS_TOKEN: 'm'.repeat(20) } });
  expect((await api(guarded).get('//metrics')).status).toBe(403);
  expect((await api(guarded, { token: 'm'.repeat(20) }).get('//metrics')).status).toBe(200);
  // as long, and not in bytes
  const foreign = { path: '/metrics', headers: { authorization: `Bearer ${'\u00e9'.repeat(20)}` } };
  expect((await raw(foreign, undefined, guarded)).status).toBe(403);
  await guarded.close();
});

test('the documentation is there, with our own scripts', async () => {
  for (const path of ['//docs', '//redoc', '//redoc/redoc.standalone.js', '//docs/openapi.json', '//docs/openapi.yaml'])
    expect(await api(app).get(path)).toMatchObject({ status: 200 });
  expect((await api(app).get('//redoc/../package.json')).status).toBe(404);
});

test('broken HTTP gets 400 and no more', async () => {
  const { port } = new URL(app.url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connectTcp(Number(port), '127.0.0.1', () => socket.write('GET nonsense\r\n\r\n'));
    let text = '';
    socket
      .on('data', (chunk: Buffer) => (text += chunk.toString()))
      .on('close', () => resolve(text))
      .on('error', reject);
  });
  expect(answer).toContain('400 Bad Request');
});
