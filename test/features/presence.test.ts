import { Presence } from 'src/core/realtime/presence';
import { Handlers } from 'src/core/discovery/discovery';
import { RedisKeys } from 'src/core/redis/keys';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers, principalOf, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { redisOf } from 'test/support/redis';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

const MINUTE = 60_000;

let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, eve: TestUser;
let bens: TestSocket, eves: TestSocket;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  await buildGroup(app, ana, [ben]);
  await buildPrivateChat(app, ana, ben);
  [bens, eves] = [await connect(node, ben), await connect(node, eve)];
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const statusOf = async ({ id }: TestUser) => (await app.get(Presence).statuses([id])).get(id);

/** What Ben has been told of Ana since the last time. */
let read = 0;
function told(): string[] {
  const all = bens.all('user_status').filter(({ user_id }) => user_id === ana.id);
  return all.slice(read, (read = all.length)).map(({ status }) => status);
}
const tells = (status: string) =>
  until(`Ben is told ${status}`, () => bens.all('user_status').slice(read).at(-1)?.status === status);

test('the first connection on any node brings her online, the last one’s end offline, with when it was', async () => {
  const [one, two] = [await connect(app, ana), await connect(node, ana)];
  await tells('online');
  one.close();
  await until('one is gone', () => app.get(Presence).connections === 0);
  two.close();
  await tells('offline');
  expect(bens.all('user_status').at(-1)).toMatchObject({ user_id: ana.id, is_online: false, last_seen: expect.any(String) }); // oxfmt-ignore
  expect(told()).toEqual(['online', 'offline']);
  expect(eves.all('user_status')).toEqual([]);
});

test('she is away when all her devices say so', async () => {
  const [one, two] = [await connect(app, ana), await connect(node, ana)];
  await tells('online');
  expect(await one.ask('set_status', { status: 'away' })).toEqual({ ok: true, data: { status: 'away' } });
  expect((await api(app, ben).get(`/users/${ana.id}`)).body.status).toBe('online');
  await two.ask('set_status', { status: 'away' });
  await tells('away');
  expect((await api(app, ben).get(`/users/${ana.id}`)).body).toMatchObject({ status: 'away', is_online: true });
  await one.ask('set_status', { status: 'online' });
  await until('she is back', () => bens.all('user_status').at(-1)?.status === 'online');
  one.close();
  await tells('away');
  two.close();
  await tells('offline');
  expect(told()).toEqual(['online', 'away', 'online', 'away', 'offline']);
  for (const status of ['offline', 'busy', 7, null])
    expect(await bens.ask('set_status', { status })).toMatchObject({ error: { code: 'validation.failed' } });
});

test('a status she chose holds over all devices; who hides, by status or privacy, is told of once and then silent', async () => {
  const socket = await connect(app, ana);
  await tells('online');
  const choose = (status: string) => api(app, ana).put('/profile/status', { status });
  await choose('away');
  await tells('away');
  await choose('offline');
  await tells('offline');
  socket.close();
  await until('it is noted that she is gone', async () => (await statusOf(ana)) === 'offline');
  const again = await connect(app, ana);
  await app.settle();
  await choose('online');
  await tells('online');
  await api(app, ana).put('/settings/privacy', { last_seen: 'nobody' });
  await tells('offline');
  expect(bens.all('user_status').at(-1)).toMatchObject({ last_seen: null });
  again.close();
  await until('it is noted that she is gone', async () => (await statusOf(ana)) === 'offline');
  await app.settle();
  await api(app, ana).put('/settings/privacy', { last_seen: 'contacts' });
  await until('her absence is told', () => bens.all('user_status').at(-1)?.last_seen !== null);
  expect(told()).toEqual(['online', 'away', 'offline', 'online', 'offline', 'offline']);
});

test('users of a node that was killed are offline after a minute; those of living nodes are not', async () => {
  const killed = new Presence(app.get(RedisKeys), redisOf(app), app.get(Handlers));
  await killed.onApplicationBootstrap();
  await killed.add(principalOf(ana), 'a connection of the killed node');
  await tells('online');
  clearInterval((killed as unknown as { timer: NodeJS.Timeout }).timer);
  const later = Date.now() + MINUTE;
  await app.get(Presence).sweep();
  expect(await statusOf(ana)).toBe('online');
  for (const living of [app, node]) await living.get(Presence).beat(later);
  await app.get(Presence).sweep(later);
  await tells('offline');
  expect(told()).toEqual(['online', 'offline']);
  expect((await api(app, ana).get('/profile')).body.last_seen).not.toBeNull();
  const statuses = await app.get(Presence).statuses([ben.id, eve.id]);
  expect([...statuses.values()]).toEqual(['online', 'online']);
  await killed.remove(principalOf(ana), 'a connection of the killed node'); // its minute is not over yet
});

test('a node that is stopped takes its users along, once no other node has them', async () => {
  const leaving = await boot({ beside: app, roles: ['api'] });
  await connect(leaving, ana);
  await tells('online');
  await leaving.close();
  expect(await app.get(Presence).online([ana.id])).toEqual(new Set());
  await app.get(Presence).sweep();
  await tells('offline');
  expect(told()).toEqual(['online', 'offline']);
});

test('those who share a chat with her are told of another name, nobody else is', async () => {
  const anas = await connect(app, ana);
  const named = await api(app, ana).put('/profile', { display_name: 'Ana Novak' });
  expect(named.status).toBe(200);
  const shown = { id: ana.id, username: ana.username, display_name: 'Ana Novak', avatar_url: null };
  expect(await bens.next('user_updated', ({ id }) => id === ana.id)).toEqual(shown);
  expect(await anas.next('user_updated', () => true)).toEqual(shown);
  await api(app, ana).put('/profile', { bio: 'walks' });
  await api(app, ana).put('/profile', { display_name: 'Ana K.' });
  await bens.next('user_updated', ({ display_name }) => display_name === 'Ana K.');
  expect(bens.all('user_updated')).toHaveLength(2);
  expect(eves.all('user_updated')).toEqual([]);
  anas.close();
});
