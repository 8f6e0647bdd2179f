import { randomBytes } from 'node:crypto';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

// PostgreSQL has no connection left for Muster, as at `max_connections`: its role, which is no superuser's, may have so many.

const role = `muster_few_${randomBytes(4).toString('hex')}`;
let keeper: TestApp, app: TestApp;
let ana: TestUser, ben: TestUser;
let chat: number;
let bens: TestSocket;
const few = (most: number) => keeper.admin(`ALTER ROLE ${role} CONNECTION LIMIT ${most}`);
const breakOff = () => keeper.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);

beforeAll(async () => {
  keeper = await boot({ roles: ['worker'] });
  const password = randomBytes(12).toString('hex');
  await keeper.admin(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  await keeper.db.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}`);
  await keeper.db.query(`GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
  const url = Object.assign(new URL(keeper.settings.DATABASE_URL!), { username: role, password }).href;
  app = await boot({ beside: keeper, roles: ['api'], env: { DATABASE_URL: url } });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
  chat = await buildPrivateChat(app, ana, ben);
  bens = await connect(app, ben);
});
afterAll(async () => {
  bens.close();
  await app.close();
  await keeper.db.query(`DROP OWNED BY ${role}`);
  await keeper.admin(`DROP ROLE ${role}`);
  await keeper.close();
});

const ready = () => api(app).get('//health/ready');
const phone = { token: `fcm:${randomBytes(12).toString('hex')}`, device_type: 'android' };
const signIn = (headers = {}) => api(app).post('/login', { email: ana.email, password: ana.password }, { headers });
const send = (content: string) =>
  api(app, ana).post(`/chats/${chat}/messages`, { content }, { headers: { 'idempotency-key': content } });

test('there is none: everybody is told so in his language, sockets stay, and all is well when there are some again', async () => {
  await few(0);
  await breakOff();
  const inIndonesian = { 'accept-language': 'id' };
  const { body: english } = await signIn();
  const refused = await Promise.all([
    signIn(inIndonesian),
    api(app).post('/refresh-token', { refresh_token: ana.refreshToken }, { headers: inIndonesian }),
    api(app, ana).get('/sessions', { headers: inIndonesian }),
    api(app, ana).post('/push-notifications/device-tokens', phone, { headers: inIndonesian }),
    api(app, ana).get('/push-notifications', { headers: inIndonesian }),
  ]);
  for (const { status, body, headers } of refused) {
    expect({ status, code: body.code, again: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'unavailable',
      again: '2',
    });
    expect(body.message).not.toBe(english.message);
  }
  const content = { chat_id: chat, content: 'over a socket', client_id: 'few-1' };
  expect(await bens.ask('send_message', content)).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  expect(await ready()).toMatchObject({ status: 503, body: { checks: { redis: 'up' }, down: ['database'] } });
  expect((await api(app).get('//health/live')).status).toBe(200);
  expect(bens.raw.connected).toBe(true);

  await few(10);
  await until('it is ready', async () => (await ready()).status === 200);
  expect((await signIn()).status).toBe(200);
  const { status, body } = await api(app).post('/refresh-token', { refresh_token: ana.refreshToken });
  expect(status).toBe(200);
  ana = { ...ana, token: body.access_token };
  expect((await api(app, ana).post('/push-notifications/device-tokens', phone)).status).toBe(201);
  expect(await bens.ask('send_message', content)).toMatchObject({ ok: true });
  expect((await send('again')).status).toBe(201);
});

test('there are fewer than Muster would have: who comes waits for those, and nobody is refused', async () => {
  await few(2);
  await breakOff();
  await until('it is ready', async () => (await ready()).status === 200);
  const replies = await Promise.all([
    ...Array.from({ length: 40 }, (_, index) => api(app, ana).put('/profile', { bio: `bio ${index}` })),
    ...Array.from({ length: 40 }, () => api(app, ben).get(`/chats/${chat}/messages`)),
    ...Array.from({ length: 40 }, (_, index) => send(`few-${index}`)),
  ]);
  expect(replies.filter(({ status }) => status >= 300).map(({ status }) => status)).toEqual([]);
  await few(10);
  await until('it is ready', async () => (await ready()).status === 200);
});
