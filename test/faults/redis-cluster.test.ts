import type { Cluster } from 'ioredis';
import { Outbox } from 'src/core/jobs/outbox';
import { OutboxRelay } from 'src/core/jobs/relay';
import { Presence } from 'src/core/realtime/presence';
import { RedisKeys } from 'src/core/redis/keys';
import { buildGroup } from 'test/factories/chats';
import { circleAround, crossingsOf, drawFence, fix, OFFICE, sendFixes } from 'test/factories/geofences';
import { buildShare } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { hurry } from 'test/support/hurry';
import { OwnRedisCluster } from 'test/support/own-redis-cluster';
import { redisOf } from 'test/support/redis';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

// Two nodes and a worker on a Redis Cluster of three shards: they do what they do on one Redis, and get over the loss of a shard.

const BURST = 15;

let redis: OwnRedisCluster;
let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser, eve: TestUser;
let chat: number;
/** Ana is at one node, Ben at the other; Cid and Eve are away. */
let anas: TestSocket, bens: TestSocket;
beforeAll(async () => {
  redis = await OwnRedisCluster.start();
  const env = { REDIS_URL: redis.url, REDIS_CLUSTER: 'true', RATE_LIMIT_DISABLED: 'false', MESSAGES_BURST: `${BURST}` };
  app = await boot({ env });
  node = await boot({ beside: app, roles: ['api'] });
  [ana, ben, cid, eve] = await buildUsers(app, 'ana', 'ben', 'cid', 'eve');
  chat = await buildGroup(app, ana, [ben, cid, eve]);
  [anas, bens] = await Promise.all([connect(app, ana), connect(node, ben)]);
});
afterAll(async () => {
  [anas, bens].forEach((socket) => socket?.close());
  await node?.close();
  await app?.close();
  await redis?.stop();
});

const say = (content: string, user = ana, at = app) => api(at, user).post(`/chats/${chat}/messages`, { content });
const hears = (socket: TestSocket, content: string) =>
  socket.next('new_message', (message) => message.content === content);
const pushesOf = async ({ id }: TestUser): Promise<number> => {
  const sql = 'SELECT count(*)::int AS n FROM push_notifications WHERE user_id = $1 AND is_sent';
  return (await app.db.query<{ n: number }>(sql, [id]))[0]!.n;
};

test('keys are spread evenly over the slots, and those of one partition are in one', async () => {
  const commands = redisOf(app) as Cluster;
  const slots = await Promise.all(
    app.get(RedisKeys).partitions.map(async (own) => {
      const [one, other] = await Promise.all(
        [own.shared('a'), own.keyOf('b', 'c', 1)].map((key) => commands.cluster('KEYSLOT', key)),
      );
      expect(one).toBe(other);
      return Number(one);
    }),
  );
  expect(slots.map((slot) => Math.floor(slot / 1024)).sort((a, b) => a - b)).toEqual([...Array(16).keys()]);
});

test('nodes tell each other what is said and typed', async () => {
  await say('to the other node');
  await hears(bens, 'to the other node');
  await bens.ask('typing_indicator', { chat_id: chat, is_typing: true });
  await anas.next('typing_indicator', ({ user_id, is_typing }) => user_id === ben.id && is_typing);
});

test('who is there is known on all nodes: online, away, offline', async () => {
  const sees = async (status: string) => {
    await bens.next('user_status', (told) => told.user_id === cid.id && told.status === status);
    expect((await api(node, ben).get(`/users/${cid.id}`)).body.status).toBe(status);
  };
  const [one, two] = [await connect(app, cid), await connect(node, cid)];
  await sees('online');
  for (const socket of [one, two]) await socket.ask('set_status', { status: 'away' });
  await sees('away');
  for (const at of [app, node]) await at.get(Presence).beat();
  expect(await app.get(Presence).usersOnline()).toBe(3);
  [one, two].forEach((socket) => socket.close());
  await sees('offline');
});

test('allowances are counted over all nodes, of who writes and of the chat', async () => {
  const replies = await Promise.all(Array.from({ length: BURST + 5 }, (_, n) => say(`${n}`, eve, n % 2 ? app : node)));
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(BURST);
  expect(replies.filter(({ status }) => status === 429)).toHaveLength(5);
  expect((await say('they are hers alone')).status).toBe(201);
});

test('guesses of a password are counted over all nodes', async () => {
  const guess = (at: TestApp) => api(at).post('/login', { email: eve.email, password: 'a guess' });
  const statuses = (await Promise.all([app, node, app, node, app, node, app, node].map(guess))).map(
    ({ status }) => status,
  );
  expect(statuses.sort()).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
});

test('positions reach watchers on another node, and people nearby find each other', async () => {
  await buildShare(app, ana, ben);
  for (const user of [ana, ben]) {
    await api(app, user).post('/location/update', { ...OFFICE, accuracy: 5 });
    await api(node, user).put('/location/nearby/visibility', { visible: true });
  }
  await bens.next('shared_location_update', ({ user_id }) => user_id === ana.id);
  await app.settle();
  const { body } = await api(node, ana).get('/location/nearby?radius_meters=1000');
  expect(body).toMatchObject({ users: [{ user: { id: ben.id } }], complete: true });
});

test('workers evaluate fences and send pushes', async () => {
  await drawFence(app, cid, circleAround(OFFICE, 150));
  await sendFixes(app, cid, [fix(1000, 0), fix(990, 30), fix(0, 60), fix(1, 120), fix(0, 180)]);
  await app.settle();
  expect((await crossingsOf(app, cid)).map(({ event_type }) => event_type)).toEqual(['entry']);
  await api(app, cid).post('/push-notifications/device-tokens', { token: 'fcm:cids', device_type: 'android' });
  const before = await pushesOf(cid);
  await anas.ask('join_chat', { chat_id: chat });
  await say('by push', ben, node);
  await app.settle();
  expect((await pushesOf(cid)) - before).toBe(1);
  expect(await pushesOf(ana)).toBe(0); // she looks at it
});

test('work that is given up is parked, and shown with the queues', async () => {
  await app.db.tx(() => app.get(Outbox).add([{ handler: 'Gone.away', payload: {} }]));
  await until('it is parked', async () => (await hurry(app, 'events'), (await app.get(Outbox).parked()) === 1));
  const figures = (await api(app).get('//metrics')).body;
  expect(figures).toContain('muster_outbox_parked 1');
  expect(figures).toMatch(/^muster_redis_memory_used_ratio 0$/m);
});

const nodesHearEachOther = () =>
  until('nodes hear each other', async () => {
    const content = `again, at ${Date.now()}`;
    await say(content, cid, app);
    return until('it is heard', () => bens.all('new_message').at(-1)?.content === content, 1).then(() => true, () => false); // oxfmt-ignore
  });

test('a shard that hangs: lines to it are given up for new ones', async () => {
  const shard = redis.shards.at(-1)!;
  const ofShard = () => (redisOf(app) as Cluster).nodes('master').find(({ options: { port } }) => port === shard.port);
  const { stream } = ofShard()!;
  shard.freeze();
  await until('its line is given up', () => stream.destroyed);
  shard.goOn();
  await redis.isWell();
  await nodesHearEachOther();
  await until('there is another', () => ofShard()?.status === 'ready');
  await app.settle();
});

test('a shard that is killed and comes back empty: what it had is known again, and nothing else was lost', async () => {
  const [shard] = redis.shards;
  await redis.kill(shard!);
  expect((await say('without a shard')).status).toBe(201);
  expect((await api(app).get('//health/live')).status).toBe(200);
  await shard!.serve();
  await redis.isWell();
  await nodesHearEachOther();
  for (const at of [app, node]) await at.get(Presence).beat(); // every 15 s by itself
  expect(await node.get(Presence).online([ana.id, ben.id, cid.id])).toEqual(new Set([ana.id, ben.id]));
  expect((await api(app).post('/login', { email: cid.email, password: cid.password })).status).toBe(200);
  // half a minute later
  await app.db.query(`UPDATE outbox SET run_at = run_at - interval '1 min', queued_at = queued_at - interval '1 min'`);
  await app.get(OutboxRelay).recover();
  await app.settle();
});
