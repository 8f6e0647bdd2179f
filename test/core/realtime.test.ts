import { io } from 'socket.io-client';
import { pushes } from 'src/contracts';
import { Presence } from 'src/core/realtime/presence';
import { presenceKeys } from 'src/core/realtime/presence-keys';
import { Realtime, type Connection } from 'src/core/realtime/realtime';
import { RedisKeys } from 'src/core/redis/keys';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { redisOf } from 'test/support/redis';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp, node: TestApp, worker: TestApp;
let ana: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  node = await boot({ beside: app, roles: ['api'], env: { CONNECTIONS_PER_USER: '3' } });
  worker = await boot({ beside: app, roles: ['worker'] });
  ana = await buildUser(app, 'ana');
});
afterAll(async () => {
  for (const one of [worker, node, app]) await one.close();
});

test('what connections of a killed node had open is forgotten a day later', async () => {
  const [ben, friend] = await buildUsers(app, 'ben', 'friend');
  const chat = await buildGroup(app, ben, [friend]);
  const redis = redisOf(app);
  const { looking } = presenceKeys(app.get(RedisKeys), { userId: ben.id, tenantId: 'default' });
  const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
  await redis.zadd(looking, hoursAgo(25), 'killed chat:1', hoursAgo(12), 'alive chat:1');
  const socket = await connect(app, ben);
  await socket.ask('join_chat', { chat_id: chat });
  const open = () => redis.zrange(looking, 0, -1);
  const isHis = (look: string) => look.startsWith(`${socket.raw.id}:`) && look.endsWith(` chat:${chat}`);
  await until('it is noted', async () => (await open()).some(isHis));
  expect((await open()).map((look) => isHis(look) || look)).toEqual(['alive chat:1', true]);
  socket.close();
  await until('he looks away', async () => (await open()).length === 1);
});

test('nobody passes the handshake without a good token, whichever way it is sent', async () => {
  for (const token of [undefined, '', 'nonsense', ana.refreshToken, `${ana.token}x`])
    await expect(connect(app, { token: token as string })).rejects.toMatchObject({
      data: { code: 'auth.unauthorized' },
    });
  const ways = [
    { auth: { token: ana.token } },
    { auth: {}, extraHeaders: { authorization: `Bearer ${ana.token}` } },
    { auth: {}, query: { token: ana.token } },
    { auth: { token: ana.token }, transports: ['polling'] },
  ];
  for (const way of ways) {
    const socket = await connect(app, undefined, way);
    expect(await socket.next('connection_established')).toMatchObject({
      user_id: ana.id,
      connection_id: socket.raw.id,
    });
    socket.close();
  }
});

test('every request is acknowledged in one shape, whatever is sent', async () => {
  const socket = await connect(app, ana);
  expect(await socket.ask('ping')).toEqual({ ok: true, data: { timestamp: expect.any(String) as string } });
  for (const body of [undefined, null, 'text', 7, [], { chat_id: 'x' }, { chat_id: -1 }, { chat_id: Infinity }])
    expect(await socket.ask('join_chat', body)).toMatchObject({ ok: false, error: { code: 'validation.failed' } });
  for (const name of ['no_such_request', 'constructor', '__proto__', 'x'.repeat(10_000)])
    expect(await socket.ask(name, {})).toMatchObject({ ok: false, error: { code: 'socket.unknown_request' } });
  expect(socket.raw.connected).toBe(true);
  socket.raw.emit('join_chat', { chat_id: 'x' });
  const told = await socket.next('error');
  expect(told).toMatchObject({ event: 'join_chat', code: 'validation.failed', errors: [{ field: 'chat_id' }] });
  expect(pushes.error.body.strict().parse(told)).toEqual(told);
  socket.close();
});

test('a flood of requests is answered with rate_limit.exceeded, and the connection lives', async () => {
  const socket = await connect(app, ana);
  const replies = await Promise.all(Array.from({ length: 400 }, () => socket.ask('ping')));
  const refused = replies.filter(({ ok }) => !ok);
  expect(refused.length).toBeGreaterThan(100);
  expect(refused[0]).toMatchObject({ error: { code: 'rate_limit.exceeded', params: { retry_after: 1 } } });
  expect(socket.raw.connected).toBe(true);
  socket.close();
});

test('many connections of one account are allowed no more than two, also when they come anew, and others theirs', async () => {
  const [bea, cid] = await buildUsers(app, 'bea', 'cid');
  const flood = async (sockets: TestSocket[], each: number) => {
    const replies = await Promise.all(sockets.flatMap((one) => Array.from({ length: each }, () => one.ask('ping'))));
    return replies.filter(({ ok }) => ok).length;
  };
  const connections = (count: number) => Promise.all(Array.from({ length: count }, () => connect(app, bea)));
  const sockets = await connections(8);
  const began = performance.now();
  const allowed = () => 400 + (performance.now() - began) / 10;
  let answered = await flood([sockets[0]!], 300);
  expect((await sockets[1]!.ask('ping')).ok).toBe(true); // one gone mad leaves the others theirs
  answered += await flood(sockets, 150);
  sockets.forEach((socket) => socket.close());
  const others = await connections(4);
  answered += await flood(others, 150);
  expect(answered).toBeLessThanOrEqual(allowed());
  const refused = (await Promise.all(Array.from({ length: 100 }, () => others[0]!.ask('ping')))).find(({ ok }) => !ok);
  expect(refused).toMatchObject({ error: { code: 'rate_limit.exceeded', params: { limit: 100, retry_after: 1 } } });
  const cids = await connect(app, cid);
  expect((await cids.ask('ping')).ok).toBe(true);
  [cids, ...others].forEach((socket) => socket.close());
});

test('a packet that is too large, and a page of a foreign origin, are cut off', async () => {
  const socket = await connect(app, ana);
  socket.raw.emit('join_chat', { chat_id: 'x'.repeat(400_000) });
  await until('it is cut off', () => !socket.raw.connected);
  await expect(connect(app, ana, { extraHeaders: { origin: 'https://evil.example' } })).rejects.toThrow();
  const own = await connect(app, ana, { extraHeaders: { origin: app.url } });
  own.close();
});

test('what is sent reaches the devices of a user on every node, from workers too', async () => {
  const sockets = await Promise.all([connect(app, ana), connect(node, ana)]);
  const typing = (chat_id: number) => ({ chat_id, user_id: ana.id, is_typing: true, expires_in: 10 });
  [app, node, worker].forEach((from, index) =>
    from.get(Realtime).toUser(ana.id, 'typing_indicator', typing(index + 1)),
  );
  for (const socket of sockets)
    for (const chatId of [1, 2, 3]) await socket.next('typing_indicator', ({ chat_id }) => chat_id === chatId);
  sockets.forEach((socket) => socket.close());
});

test('what is sent to a room keeps its order on every node, also against who comes and goes', async () => {
  const [here, there] = await Promise.all([connect(app, ana), connect(node, ana)]);
  const realtime = app.get(Realtime);
  const say = (chat_id: number) => realtime.toRoom('den', 'typing_indicator', typing(chat_id));
  const typing = (chat_id: number) => ({ chat_id, user_id: ana.id, is_typing: true, expires_in: 10 });
  say(1);
  realtime.join(ana.id, 'den');
  say(2);
  await there.next('typing_indicator');
  await until('they are in the room here too', () => (say(3), here.all('typing_indicator').length > 0));
  for (const chatId of [4, 5]) say(chatId);
  realtime.leave(ana.id, 'den');
  say(6);
  realtime.toUser(ana.id, 'typing_indicator', typing(7));
  for (const socket of [here, there]) await socket.next('typing_indicator', ({ chat_id }) => chat_id === 7);
  const heard = there.all('typing_indicator').map(({ chat_id }) => chat_id);
  expect(heard.filter((chatId) => chatId !== 3)).toEqual([2, 4, 5, 7]);
  expect(here.all('typing_indicator').map(({ chat_id }) => chat_id)).toEqual(
    expect.arrayContaining([3, 4, 5, 7]) as number[],
  );
  [here, there].forEach((socket) => socket.close());
});

test('in a room of many, who has just come hears what is said, and who has gone does not', async () => {
  const [bea, cid, dan] = await buildUsers(app, 'bea', 'cid', 'dan');
  const devices = (user: TestUser, count: number) =>
    Promise.all(Array.from({ length: count }, () => connect(app, user)));
  const crowd = [...(await devices(bea, 45)), ...(await devices(cid, 25))];
  const [guest] = await devices(dan, 1);
  const realtime = app.get(Realtime);
  const typing = (chat_id: number) => ({ chat_id, user_id: ana.id, is_typing: true, expires_in: 10 });
  const say = (chat_id: number) => realtime.toRoom('square', 'typing_indicator', typing(chat_id));
  [bea, cid].forEach(({ id }) => realtime.join(id, 'square'));
  say(1);
  realtime.join(dan.id, 'square');
  say(2);
  realtime.leave(dan.id, 'square');
  say(3);
  realtime.toUser(dan.id, 'typing_indicator', typing(4));
  await guest!.next('typing_indicator', ({ chat_id }) => chat_id === 4);
  const [first, ...others] = crowd;
  first!.close();
  await until('it is gone', () => realtime.connections.length === crowd.length);
  say(5);
  for (const socket of others) {
    await socket.next('typing_indicator', ({ chat_id }) => chat_id === 5);
    expect(socket.all('typing_indicator').map(({ chat_id }) => chat_id)).toEqual([1, 2, 3, 5]);
  }
  expect(guest!.all('typing_indicator').map(({ chat_id }) => chat_id)).toEqual([2, 4]);
  [...crowd, guest!].forEach((socket) => socket.close());
  await until('they are gone', () => !realtime.connections.length);
});

test('with one connection too many to a node its user’s oldest there is told so and closed, and no others', async () => {
  const [bea, cid] = await buildUsers(app, 'bea', 'cid');
  const elsewhere = await connect(app, bea);
  const others = await connect(node, cid);
  const sockets: TestSocket[] = [];
  for (let count = 0; count < 5; count++) sockets.push(await connect(node, bea));
  for (const oldest of sockets.slice(0, 2)) {
    expect(await oldest.next('connection_replaced')).toEqual({ most: 3 });
    await until('it is closed', () => !oldest.raw.connected);
    expect(oldest.raw.active).toBe(false); // the client does not come back by itself
  }
  for (const socket of [elsewhere, others, ...sockets.slice(2)]) expect((await socket.ask('ping')).ok).toBe(true);
  [elsewhere, others, ...sockets].forEach((socket) => socket.close());
  await until('they are gone', () => node.get(Presence).connections === 0);
  const [again, once] = [await connect(node, bea), await connect(node, bea)];
  expect((await again.ask('ping')).ok).toBe(true);
  [again, once].forEach((socket) => socket.close());
});

test('a worker serves no sockets', async () => {
  await expect(connect(worker, ana)).rejects.toThrow();
});

test('presence knows the users with an open connection on any node', async () => {
  const bea = await buildUser(app, 'bea');
  const online = async () => [...(await node.get(Presence).online([ana.id, bea.id]))];
  const [one, two] = [await connect(app, bea), await connect(node, bea)];
  expect(await online()).toEqual([bea.id]);
  const [{ socket, user }] = app.get(Realtime).connections as [Connection];
  expect(user.userId).toBe(bea.id);
  expect([socket.conn.request, socket.handshake.auth, socket.handshake.headers]).toEqual([undefined, {}, {}]); // nothing it came with is kept
  one.close();
  await until('one connection is gone', () => app.get(Presence).connections === 0);
  expect(await online()).toEqual([bea.id]);
  two.close();
  await until('nobody is there', async () => (await online()).length === 0);
});

test('a raw client without any language gets the default, one that asks gets its own', async () => {
  const refused = await new Promise<{ data: { message: string } }>((resolve) => {
    const raw = io(app.url, {
      auth: { language: 'id' },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    });
    raw.once('connect_error', (error) => resolve(error as never));
  });
  const english = await connect(app, { token: 'x' }).catch(
    (error: { data: { message: string } }) => error.data.message,
  );
  expect(refused.data.message).not.toBe(english);
});
