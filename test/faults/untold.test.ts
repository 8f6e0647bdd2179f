import { NodeLink } from 'src/core/realtime/node-link';
import { LostProcesses } from 'src/core/realtime/lost-processes';
import { RedisKeys } from 'src/core/redis/keys';
import { ChangesService } from 'src/modules/chats/changes.service';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { OwnRedis } from 'test/support/own-redis';
import { redisOf } from 'test/support/redis';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';
import { Wire } from 'test/support/wire';

// Something was acknowledged, and those who stay connected were not told of it.

let redis: OwnRedis;
let app: TestApp, beside: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
beforeAll(async () => {
  redis = await OwnRedis.start();
  app = await boot({ env: { REDIS_URL: redis.url } });
  beside = await boot({ beside: app, roles: ['api'] });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
});
afterAll(async () => {
  await beside.close();
  await app.close();
  await redis.stop();
});
const say = (at: TestApp, chat: number, content: string, client_id?: string) =>
  api(at, ana).post(`/chats/${chat}/messages`, { content, client_id });

describe('when what is to be told can’t be read', () => {
  /** The first so many reads fail, as when PostgreSQL ends their connections. */
  const failing = async (times: number, work: () => Promise<unknown>) => {
    const changes = app.get(ChangesService);
    const events = changes.eventsJustMade.bind(changes);
    let left = times;
    changes.eventsJustMade = (rows) =>
      left-- > 0 ? Promise.reject(new Error('terminating connection')) : events(rows);
    await work();
    await app.settle();
    Reflect.deleteProperty(changes, 'eventsJustMade');
  };
  const edit = async (chat: number) => {
    const { body } = await say(app, chat, 'befroe');
    await app.settle();
    return () => api(app, ana).put(`/messages/${body.id}`, { content: 'after' });
  };

  test('once, it is told all the same', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const bens = await connect(beside, ben);
    await failing(1, await edit(chat));
    await bens.next('message_updated', ({ content }) => content === 'after');
    expect(bens.all('sync_needed')).toEqual([]);
    bens.close();
  });

  test('again, those in the chat are told to sync, on every node, and nobody else', async () => {
    const chat = await buildGroup(app, ana, [ben]);
    const sockets = await Promise.all([connect(app, ana), connect(beside, ben), connect(beside, cid)]);
    await failing(2, await edit(chat));
    await Promise.all(sockets.slice(0, 2).map((socket) => socket.next('sync_needed')));
    await say(app, await buildGroup(app, ana, [cid]), 'later');
    await sockets[2].next('new_message', ({ content }) => content === 'later');
    expect(sockets[2].all('sync_needed')).toEqual([]);
    for (const socket of sockets) socket.close();
  });
});

test('when the answer to a commit is lost, those in the chat are told to sync: the change may have been made', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const bens = await connect(beside, ben);
  const { body } = await say(app, chat, 'before');
  await app.db.query(`
    CREATE FUNCTION go() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER go AFTER UPDATE ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION go()`);
  expect(await api(app, ana).put(`/messages/${body.id}`, { content: 'after' })).toMatchObject({ status: 503 });
  await bens.next('sync_needed');
  await app.db.query('DROP TRIGGER go ON messages');
  bens.close();
});

describe('when a node goes that could not tell the others', () => {
  /** As when it would be called that much later, by and by: who stays answers each time. */
  const later = async () => {
    for (const seconds of [8, 16, 24]) await app.get(LostProcesses).look(seconds * 1000);
  };
  /** A node that reaches Redis by a wire, and what Ana sends there while it is cut. */
  const cutOff = async () => {
    const wire = await Wire.to(redis.url);
    const far = await boot({
      beside: app,
      roles: ['api'],
      env: { REDIS_URL: wire.url, ISOLATED_AFTER_SECONDS: '600' },
    });
    const chat = await buildGroup(app, ana, [ben]);
    const bens = await connect(app, ben);
    wire.cut();
    await until('it is alone', async () => (await api(far).get('//health/ready')).status === 503);
    expect(await say(far, chat, 'into the void', `void-${chat}`)).toMatchObject({ status: 201 });
    return { wire, far, chat, bens };
  };
  const close = async ({ wire, bens }: { wire: Wire; bens: TestSocket }) => {
    bens.close();
    await wire.close();
  };

  test('without a word, connections of the others are told to sync', async () => {
    const { far, ...rest } = await cutOff();
    await later();
    await rest.bens.next('sync_needed');
    await far.close();
    await close(rest);
  });

  test('in good order, they are told as well', async () => {
    const { far, ...rest } = await cutOff();
    await far.close();
    await later();
    await rest.bens.next('sync_needed');
    await close(rest);
  });

  test('having told all, nobody misses it', async () => {
    const answering = () => redisOf(app).zrange(app.get(RedisKeys).partitions[0]!.shared('processes'), 0, -1);
    const near = await boot({ beside: app, roles: ['api'] });
    const { node } = near.get(NodeLink);
    expect(await answering()).toContain(node);
    await near.close();
    expect(await answering()).not.toContain(node);
  });
});
