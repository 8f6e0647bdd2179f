import { Cluster } from 'ioredis';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { OwnRedisCluster } from 'test/support/own-redis-cluster';
import { connect, type TestSocket } from 'test/support/socket';

// Two nodes and a worker on a Redis Cluster of three shards: what one Redis can do, many can.

let redis: OwnRedisCluster;
let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
let chat: number;
/** Ana is at one node, Ben and Cid at the other. */
let anas: TestSocket, bens: TestSocket, cids: TestSocket;
beforeAll(async () => {
  redis = await OwnRedisCluster.start();
  const env = { REDIS_URL: redis.url, REDIS_CLUSTER: 'true', RATE_LIMIT_DISABLED: 'false' };
  app = await boot({ env });
  node = await boot({ beside: app, roles: ['api'] });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  chat = await buildGroup(app, ana, [ben, cid]);
  [anas, bens, cids] = await Promise.all([connect(app, ana), connect(node, ben), connect(node, cid)]);
});
afterAll(async () => {
  [anas, bens, cids].forEach((socket) => socket?.close());
  await node?.close();
  await app?.close();
  await redis?.stop();
});

test('keys are spread evenly over the slots, and those of one partition are in one', async () => {
  const commands = app.app.get<RedisClient>(COMMANDS) as Cluster;
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

test('a message is sent, and its work done', async () => {
  const { status } = await api(app, ana).post(`/chats/${chat}/messages`, { content: 'hello' });
  expect(status).toBe(201);
  await app.settle();
});
