import { Redis } from 'ioredis';
import { ListedRooms } from 'src/core/realtime/listed-rooms';
import { NodeLink } from 'src/core/realtime/node-link';
import { Realtime } from 'src/core/realtime/realtime';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp, near: TestApp, far: TestApp, worker: TestApp;
let ana: TestUser, ben: TestUser, eve: TestUser;
let bens: TestSocket, eves: TestSocket;
let chat: number;
let redis: Redis, ear: Redis;
/** What nodes tell each other, by the name of the channel. */
const told: { to: string; lines: string }[] = [];

beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  near = await boot({ beside: app, roles: ['api'] });
  far = await boot({ beside: app, roles: ['api'] });
  worker = await boot({ beside: app, roles: ['worker'] });
  for (const node of [app, near, far]) node.get(ListedRooms).close(); // they look when the tests say so
  [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  chat = await buildGroup(app, ana, [ben]);
  [redis, ear] = [new Redis(process.env.TEST_REDIS_URL!), new Redis(process.env.TEST_REDIS_URL!)];
  const channel = keyOf('nodes:');
  await ear.psubscribe(`${channel}*`);
  ear.on('pmessage', (_pattern, name, lines) => told.push({ to: name.slice(channel.length), lines }));
  [bens, eves] = [await connect(near, ben), await connect(far, eve)];
  await closeRoom();
});
afterAll(async () => {
  for (const one of [redis, ear]) one.disconnect();
  for (const one of [worker, far, near, app]) await one.close();
});

const keyOf = (key: string) => `${app.settings.REDIS_PREFIX}:${key}`;
const nameOf = (node: TestApp) => node.get(NodeLink).node;
const listOf = (kind: string, id: string | number) => app.get(NodeLink).listOf(`default:${kind}:${id}`);
const say = (content: string) => api(app, ana).post(`/chats/${chat}/messages`, { message_type: 'text', content });
/** Which other nodes were told such a push: a node alone, or all. Views of the chat tell of its newest message, too. */
const toldOf = (content: string, push = 'new_message') =>
  told
    .filter(({ lines }) => lines.split('\n').some((line) => line.includes(`"${push}"`) && line.includes(content)))
    .map(({ to }) => to);
/** As a minute later: it is known where those are who have just joined. */
const closeRoom = () => redis.hdel(listOf('chat', chat), '*');

/** What was told before: its answer comes behind that. */
const earHasHeard = () => ear.ping();

async function arrives(content: string, at = bens) {
  await say(content);
  await at.next('new_message', (message) => message.content === content);
  await earHasHeard();
}

test('only nodes with someone in the chat are told what is said there', async () => {
  await arrives('to where Ben is');
  expect(toldOf('to where Ben is')).toEqual([nameOf(near)]);
  expect(eves.all('new_message')).toEqual([]);
});

test('a worker tells only the nodes where he is whom it concerns', async () => {
  worker
    .get(Realtime)
    .toUser(ben.id, 'user_status', { user_id: ana.id, status: 'away', is_online: true, last_seen: null });
  await bens.next('user_status', ({ status }) => status === 'away');
  await earHasHeard();
  expect(toldOf('away', 'user_status')).toEqual([nameOf(near)]);
});

test('what one turn brings goes to each node in one message', async () => {
  const realtime = worker.get(Realtime);
  const typing = (chat_id: number) => ({ chat_id, user_id: ana.id, is_typing: true, expires_in: 10 });
  const all = Array.from({ length: 20 }, (_, index) => 1_000 + index);
  for (const chatId of all) for (const { id } of [ben, eve]) realtime.toUser(id, 'typing_indicator', typing(chatId));
  const isOne = ({ chat_id }: { chat_id: number }) => all.includes(chat_id);
  for (const socket of [bens, eves])
    await until('all is heard', () => socket.all('typing_indicator').filter(isOne).length === all.length);
  expect(bens.all('typing_indicator').filter(isOne)).toEqual(all.map(typing));
  await earHasHeard();
  const carrying = told.filter(({ lines }) => lines.includes('"typing_indicator"'));
  expect(carrying.map(({ to }) => to).sort()).toEqual([nameOf(near), nameOf(far)].sort());
});

test('who joins hears what is said right behind, wherever he is', async () => {
  await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [eve.id] });
  await arrives('to all, for Eve has just joined', eves);
  expect(toldOf('to all, for Eve has just joined')).toEqual(['all']);
  await until('her node is listed', async () => (await redis.hexists(listOf('chat', chat), nameOf(far))) === 1);
  await closeRoom();
  await arrives('to both nodes', eves);
  expect(toldOf('to both nodes').sort()).toEqual([nameOf(near), nameOf(far)].sort());
});

test('when Redis has lost the lists all are told, until they are there again', async () => {
  await redis.del(keyOf('rooms:epoch'), listOf('chat', chat));
  await arrives('while nobody is listed');
  expect(toldOf('while nobody is listed')).toEqual(['all']);
  for (const node of [app, near]) await node.get(ListedRooms).look();
  await arrives('while one node is not listed', eves);
  expect(toldOf('while one node is not listed')).toEqual(['all']);
  await far.get(ListedRooms).look();
  await arrives('when all are listed', eves);
  expect(toldOf('when all are listed').sort()).toEqual([nameOf(near), nameOf(far)].sort());
});

test('a room that everybody on a node has left is struck, unless somebody comes back', async () => {
  eves.close();
  await until('she is gone', () => far.get(Realtime).connections.length === 0);
  const back = await connect(far, eve);
  await far.get(ListedRooms).look();
  await arrives('she is back', back);
  back.close();
  await until('nobody is there', async () => {
    await far.get(ListedRooms).look();
    return (await redis.hexists(listOf('chat', chat), nameOf(far))) === 0;
  });
  expect(await redis.hexists(listOf('user', eve.id), nameOf(far))).toBe(0);
});

test('a node that does not answer any more is struck by the next who would tell it', async () => {
  await ear.punsubscribe(); // it listens for all
  await redis.hset(listOf('chat', chat), 'a-killed-node', '');
  await arrives('to the living');
  expect(await redis.hkeys(listOf('chat', chat))).toEqual([nameOf(near)]);
});
