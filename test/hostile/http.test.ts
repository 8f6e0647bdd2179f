import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { definedErrors } from 'src/core/errors/app-error';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';

// What can be wrong with a request whatever its route is.

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, unknown> };
}
const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as { paths: Record<string, Record<string, Operation>> }; // oxfmt-ignore
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method, path, ...operation })),
);

let app: TestApp, limited: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  limited = await boot({ beside: app, roles: ['api'], env: { RATE_LIMIT_DISABLED: 'false' } });
  ana = await buildUser(app, 'ana');
});
afterAll(async () => {
  await limited.close();
  await app.close();
});

/** Asks as Ana; ids are ones that nobody has. */
const ask = async (method: string, path: string, init: RequestInit = {}) => {
  const url = app.url + path.replace('{user_id}', ana.id).replace(/\{\w+\}/g, '9007199254740991');
  const headers = { authorization: `Bearer ${ana.token}`, ...(init.headers as Record<string, string>) };
  const response = await fetch(url, { method: method.toUpperCase(), redirect: 'manual', ...init, headers });
  const text = await response.text();
  const code = response.headers.get('content-type')?.includes('problem+json') ? JSON.parse(text).code : undefined;
  return { method, path, status: response.status, code, headers: response.headers };
};
type Answer = Awaited<ReturnType<typeof ask>>;
/** Those that are not refusals with a code of ours, with one of these statuses. */
const wrongOnes = (answers: Answer[], ...statuses: number[]) =>
  answers.filter(({ status, code }) => !statuses.includes(status) || !definedErrors.has(code)).map(({ method, path, status, code }) => ({ method, path, status, code })); // oxfmt-ignore

test('a method that a path does not have is not found', async () => {
  const answers = await Promise.all(
    Object.entries(paths).flatMap(([path, item]) => METHODS.filter((method) => !(method in item)).map((method) => ask(method, path))), // oxfmt-ignore
  );
  expect(answers.length).toBeGreaterThan(300);
  // 401, 403 and 422: another route whose parameter the rest of the path could be
  expect(wrongOnes(answers, 404, 405, 422, 401, 403)).toEqual([]);
});

test('bodies of another type, broken, deep, too large, or with keys that are no data, are refused on every route', async () => {
  const takers = operations.filter(({ requestBody }) => requestBody?.content['application/json']);
  expect(takers.length).toBeGreaterThan(60);
  const some = takers.filter((_, index) => index % 10 === 0);
  const say = (type: string, body: string, whom = takers) =>
    Promise.all(whom.map(({ method, path }) => ask(method, path, { headers: { 'content-type': type }, body })));
  for (const type of [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    'x',
  ])
    // oxfmt-ignore
    expect(wrongOnes(await say(type, '{}', type === 'text/plain' ? takers : some), 415)).toEqual([]);
  for (const broken of ['{', '{"a":}', '\ufeff{}x', 'NaN', "{'a':1}", '{"a":1}{"a":2}', '"\ud800'])
    expect(wrongOnes(await say('application/json', broken, broken === '{' ? takers : some), 400)).toEqual([]);
  const deep = `${'{"name":['.repeat(50_000)}${']}'.repeat(50_000)}`;
  for (const body of [deep, `{"name":${'['.repeat(32)}${']'.repeat(32)}}`])
    expect(wrongOnes(await say('application/json', body, some), 422)).toEqual([]);
  for (const odd of [
    '[]',
    'null',
    '7',
    '"x"',
    '{"__proto__":{"role":"admin"}}',
    '{"constructor":{"prototype":{"x":1}}}',
  ])
    expect((await say('application/json', odd)).filter(({ status }) => status >= 500)).toEqual([]);
  const large = await Promise.all(
    takers.slice(0, 5).map(({ method, path }) => ask(method, path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'x'.repeat(1_100_000) }) })), // oxfmt-ignore
  );
  expect(wrongOnes(large, 413)).toEqual([]);
  expect(({} as { role?: string }).role).toBeUndefined();
});

test('of a key that is said twice the last counts, for the schema and for us alike', async () => {
  const body = '{"bio":"first","bio":"second"}';
  const said = await ask('put', '/api/v1/profile', { headers: { 'content-type': 'application/json' }, body });
  expect(said.status).toBe(200);
  expect((await api(app, ana).get('/profile')).body.bio).toBe('second');
});

test('addresses that cannot be read, lead out, or are too long are refused as anything else', async () => {
  const odd = ['/%', '/%00', '/%ff', '/api/v1/chats/%ff', '/api/v1/chats/%00', '/api/v1/chats/%', '/api/v1/chats/%2e%2e%2f', `/api/v1/chats/${'9'.repeat(3000)}`, '/api/v1/users/%c0%ae', '/redoc/..%2f..%2fpackage.json', '/docs/..%2f..%2fpackage.json', '/api/v1/chats/1;x=1', '/API/V1/profile', '/api/v1/profile/', '/api/v1//profile']; // oxfmt-ignore
  const answers = await Promise.all(odd.map((path) => ask('get', path)));
  expect(wrongOnes(answers, 400, 404, 422)).toEqual([]);
  for (const { headers } of answers) expect(headers.get('x-content-type-options')).toBe('nosniff');
});

/** What the port answers to bytes. */
const raw = (text: string) =>
  new Promise<string>((resolve, reject) => {
    const { port } = new URL(app.url);
    const socket = connectTcp(Number(port), '127.0.0.1', () => socket.write(text));
    let heard = '';
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()) && socket.end());
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });

test.each([
  ['no host', 'GET /api/v1/profile HTTP/1.1\r\n\r\n', 400],
  ['two hosts, of which the first counts', 'GET /api/v1/profile HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n\r\n', 421],
  ['a host that is none', 'GET /api/v1/profile HTTP/1.1\r\nHost: evil.example@127.0.0.1\r\n\r\n', 421],
  ['an empty host', 'GET /api/v1/profile HTTP/1.1\r\nHost:\r\n\r\n', 421],
  ['a host in the address alone', 'GET http://evil.example/api/v1/profile HTTP/1.1\r\nHost: evil.example\r\n\r\n', 421],
  ['two lengths', 'POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 400],
  ['a length and chunks', 'POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ['a length below nothing', 'POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n', 400],
  ['chunks that are none', 'POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ['a method that is none', 'FETCH /api/v1/profile HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 400],
  ['TRACE', 'TRACE /api/v1/profile HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: secret\r\n\r\n', 404],
  ['a NUL in a header', 'GET /api/v1/profile HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\0b\r\n\r\n', 400],
  ['a header in the old folded way', 'GET /api/v1/profile HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\r\n b\r\n\r\n', 400],
  ['headers without end', `GET /api/v1/profile HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
  ['two tokens', 'GET /api/v1/profile HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n', 401],
])('%s: refused', async (_title, text, status) => {
  expect((await raw(text)).slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
}); // oxfmt-ignore

test('every answer has the headers that keep browsers from mistakes, names no software and sets no cookie', async () => {
  const gets = operations.filter(({ method }) => method === 'get').map(({ path }) => path);
  const answers = await Promise.all([...gets, '/docs', '/redoc', '/docs/openapi.json', '/admin/queues', '/nowhere'].map((path) => ask('get', path))); // oxfmt-ignore
  for (const { path, headers } of answers)
    expect({ path, ...Object.fromEntries(headers) }).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age='),
      'content-security-policy': expect.stringContaining('frame-ancestors'),
    });
  for (const name of ['set-cookie', 'server', 'x-powered-by'])
    expect(answers.filter(({ headers }) => headers.has(name)).map(({ path }) => path)).toEqual([]);
});

test('one account has only so many connections, and one flood does not end what is open', async () => {
  const [eve, first] = [await buildUser(app, 'eve'), await connect(limited, ana)];
  const tries = await Promise.all(Array.from({ length: 140 }, () => connect(limited, eve).catch((error: { data?: { code: string } }) => error.data?.code))); // oxfmt-ignore
  const opened = tries.filter((one): one is TestSocket => typeof one === 'object');
  const refused = tries.filter((one) => typeof one !== 'object');
  expect(opened.length).toBeLessThanOrEqual(100);
  expect(new Set(refused)).toEqual(new Set(['rate_limit.exceeded']));
  expect(await first.ask('ping')).toMatchObject({ ok: true });
  for (const socket of [...opened, first]) socket.close();
});
