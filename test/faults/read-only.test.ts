import { Client } from 'pg';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

// PostgreSQL fails over, and is for a while one that only reads; or whoever runs it lets nobody write, since its disk is nearly full.

let app: TestApp;
let ana: TestUser, ben: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
  chat = await buildPrivateChat(app, ana, ben);
});
afterAll(() => app.close());

const database = () => new URL(app.settings.DATABASE_URL!).pathname.slice(1);
/** For all connections from now on; those that were there break off. */
async function set(settings: string) {
  await app.admin(`ALTER DATABASE ${database()} ${settings}`);
  await app.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database()}'`);
}
const send = (content: string) =>
  api(app, ana).post(`/chats/${chat}/messages`, { content }, { headers: { 'idempotency-key': content } });
const ready = () => api(app).get('//health/ready');

test('nobody may write: who reads is served, who writes comes later; once he may again, that is not a matter of the connection', async () => {
  await set('SET default_transaction_read_only = on');
  await until('it is read', async () => (await api(app, ana).get(`/chats/${chat}/messages`)).status === 200);
  const refused = await send('later');
  expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect((await api(app, ana).get(`/chats/${chat}/messages`)).status).toBe(200);
  await app.admin(`ALTER DATABASE ${database()} RESET default_transaction_read_only`);
  await until('it can be written', async () => (await send('later')).status === 201);
  await app.settle();
});

test('it is a standby, of which nobody is told old truth, until one that can write is there', async () => {
  await app.db.query(`CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'`);
  await set('SET search_path = public, pg_catalog');
  await until('it is away', async () => (await ready()).body.down?.includes('database') as boolean);
  expect(await api(app, ana).get('/profile')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(await send('later-still')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  await expect(boot({ beside: app })).rejects.toThrow('standby');
  const beside = new Client({ connectionString: app.settings.DATABASE_URL });
  await beside.connect();
  await beside.query('DROP FUNCTION public.pg_is_in_recovery()');
  await beside.end();
  await until('it can be written', async () => (await send('later-still')).status === 201);
  expect((await ready()).status).toBe(200);
});
