import { Writable } from 'node:stream';
import { jobs } from 'src/contracts';
import type { JobSpec } from 'src/core/contract';
import { JobRunner } from 'src/core/jobs/runner';
import { OutboxRelay } from 'src/core/jobs/relay';
import { Presence } from 'src/core/realtime/presence';
import { Isolation } from 'src/core/redis/isolation';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { OwnRedis } from 'test/support/own-redis';
import { redisOf } from 'test/support/redis';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';
import { Wire } from 'test/support/wire';

// Redis stands still, comes back empty, is full, or becomes a replica. PostgreSQL holds the truth, so nothing that was said is lost.

let redis: OwnRedis;
let app: TestApp, node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
let chat: number;
/** Ana and Ben are at one node, Cid at the other. */
let anas: TestSocket, bens: TestSocket, cids: TestSocket;
let log = '';
const logTo = new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) });
beforeAll(async () => {
  redis = await OwnRedis.start();
  app = await boot({
    env: {
      REDIS_URL: redis.url,
      RATE_LIMIT_DISABLED: 'false',
      RATE_LIMIT_PER_MINUTE: '1000000',
      LOG_LEVEL: 'warn',
      // what a worker was being given when its line was given up comes again after that
      JOB_LOCK_MS: '3000',
    },
    logTo,
  });
  node = await boot({ beside: app, roles: ['api'], logTo });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  chat = await buildGroup(app, ana, [ben, cid]);
  [anas, bens, cids] = await Promise.all([connect(app, ana), connect(app, ben), connect(node, cid)]);
});
beforeEach(() => (log = ''));
afterAll(async () => {
  [anas, bens, cids].forEach((socket) => socket.close());
  await node.close();
  await app.close();
  await redis.stop();
});

let number = 0;
const send = () => api(app, ana).post(`/chats/${chat}/messages`, { content: `message ${++number}` });
const ready = (at: TestApp) => api(at).get('//health/ready');
const signIn = () => api(app).post('/login', { email: ana.email, password: ana.password });

/** What is said is stored and told at this node; whoever would sign in is asked to come later, for his tries could not be counted. */
async function worksWithout(): Promise<number[]> {
  const [sent, asked, signedIn, live] = await Promise.all([
    send(),
    anas.ask('send_message', { chat_id: chat, content: 'over a socket', client_id: `socket-${++number}` }),
    signIn(),
    api(app).get('//health/live'),
  ]);
  expect(sent.status).toBe(201);
  expect(asked).toMatchObject({ ok: true });
  expect(signedIn).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(live.status).toBe(200);
  const ids = [sent.body.id as number, asked.data.id as number];
  for (const id of ids) await bens.next('new_message', (message) => message.id === id);
  return ids;
}

/** Everybody is still signed in and connected, nodes hear each other, work is done, and what was missed is told on asking. */
async function isWellAgain(missed: number[]) {
  await until('both nodes are ready', async () => (await ready(app)).status + (await ready(node)).status === 400);
  expect((await api(app, ana).get('/profile')).status).toBe(200);
  expect([anas, bens, cids].map(({ raw }) => raw.connected)).toEqual([true, true, true]);
  await until('the nodes hear each other', async () => {
    const { id } = (await send()).body;
    return until('Cid hears it', () => cids.all('new_message').some((message) => message.id === id), 1).then(
      () => true,
      () => false,
    );
  });
  const { body } = await api(node, cid).post('/sync', { chats: { [chat]: 0 } });
  const told = body.chats[0].events.map(({ data }: { data: { id: number } }) => data.id);
  expect(told).toEqual(expect.arrayContaining(missed));
  await until('people can sign in', async () => (await signIn()).status === 200);
  // half a minute later
  await app.db.query(`UPDATE outbox SET run_at = run_at - interval '1 min', queued_at = queued_at - interval '1 min'`);
  await app.get(OutboxRelay).recover();
  await app.settle();
}

test('it stands still: what is said is stored and told at each node, and nothing waits for ever', async () => {
  redis.freeze();
  const order: string[] = [];
  const asked = redisOf(app)
    .ping()
    .catch(() => order.push('Redis'));
  await api(app).get('//health/live').then(({ status }) => order.push(`live ${status}`)); // oxfmt-ignore
  await asked;
  expect(order).toEqual(['live 200', 'Redis']);
  const missed = await worksWithout();
  expect(await ready(app)).toMatchObject({ status: 503, body: { checks: { database: 'up' }, down: ['redis'] } });
  redis.goOn();
  await isWellAgain(missed);
  expect(log).toMatch(/unavailable: (Command timed out|Stream isn't writeable)/);
});

test('one node alone loses it: that one says so, sends its clients away, and takes them again when it is well', async () => {
  const wire = await Wire.to(redis.url);
  const alone = await boot({
    beside: app,
    roles: ['api'],
    env: { REDIS_URL: wire.url, ISOLATED_AFTER_SECONDS: '5' },
    logTo,
  });
  const socket = await connect(alone, cid);
  wire.cut();
  await until('it has noticed', async () => (await ready(alone)).status === 503);
  expect((await ready(alone)).body).toMatchObject({ status: 'unavailable', down: ['redis'] });
  expect(socket.raw.connected).toBe(true); // it might be so for all
  await until('it knows that it is alone', async () => {
    await app.get(Isolation).see(); // every 2 s by itself
    return (await ready(alone)).body.status === 'draining';
  });
  expect(log).toContain('Redis is lost here and not elsewhere');
  await until('its clients are sent away', () => !socket.raw.connected);
  expect((await api(alone).get('//health/live')).status).toBe(200);
  expect((await ready(app)).status).toBe(200);
  expect([anas, bens].map(({ raw }) => raw.connected)).toEqual([true, true]);
  wire.mend();
  await until('it is well', async () => (await ready(alone)).status === 200, 30);
  (await connect(alone, cid)).close();
  await alone.close();
  await wire.close();
});

test('its machine hangs, then another has its name: every line is given up for a new one, and what had failed does not happen', async () => {
  const wire = await Wire.to(redis.url);
  const env = { REDIS_URL: wire.url, ISOLATED_AFTER_SECONDS: '600' };
  const far = await boot({ beside: app, roles: ['api', 'worker'], env, logTo });
  const socket = await connect(far, cid);
  const asked = redisOf(far);
  await asked.set('failed', 0);
  wire.silence();
  const before = wire.made;
  await expect(asked.incr('failed')).rejects.toThrow('Command timed out');
  await expect(asked.pipeline().incr('failed').exec()).resolves.toEqual([[expect.any(Error)]]);
  await until('lines are made anew, to no avail', () => wire.made - before >= 8, 30);
  wire.abandon();
  expect(wire.held).toBeGreaterThan(8);
  await until('all lines are given up', () => wire.held === 0, 30);
  await until('it is well', async () => (await ready(far)).status === 200);
  await until('it hears the others', async () => {
    const { id } = (await send()).body;
    return until('Cid hears it', () => socket.all('new_message').some((message) => message.id === id), 1).then(
      () => true,
      () => false,
    );
  });
  expect(await asked.get('failed')).toBe('0');
  expect(socket.raw.connected).toBe(true);
  socket.close();
  await far.close();
  await wire.close();
});

test('it comes back empty: nobody is signed out, and who is there, work and schedules are known again', async () => {
  await redis.restartEmpty();
  await isWellAgain([]);
  for (const at of [app, node]) await at.get(Presence).beat(); // every 15 s by itself
  expect(await node.get(Presence).online([ana.id, cid.id])).toEqual(new Set([ana.id, cid.id]));
  await (app.get(JobRunner) as unknown as { schedule(): Promise<void> }).schedule(); // every minute by itself
  const counts = await Promise.all([...app.get(OutboxRelay).queues.values()].map((one) => one.getJobSchedulersCount()));
  const repeated = Object.values<JobSpec>(jobs).filter(({ every }) => every);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(repeated.length);
});

test('it is full: what needs it is refused, what does not goes on, and it is told', async () => {
  await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
  const missed = await worksWithout();
  expect((await api(app).get('//metrics')).body).toMatch(/^muster_redis_memory_used_ratio [1-9]/m);
  expect(log).toContain('OOM command not allowed');
  await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
  await isWellAgain(missed);
});

test('it is a replica for a while, as in a failover: connections look for the one that can be written', async () => {
  await redis.ask('REPLICAOF', '127.0.0.1', '1');
  const missed = await worksWithout();
  await redis.ask('REPLICAOF', 'NO', 'ONE');
  await isWellAgain(missed);
});

test('it refuses subscriptions, as after a failover to one with other rules: nodes go on, and hear again when it grants them', async () => {
  await redis.ask('ACL', 'SETUSER', 'muster', 'reset', 'on', '>secret', '~*', '&*', '+@all');
  const env = { REDIS_URL: redis.url.replace('//', '//muster:secret@') };
  const ruled = await boot({ beside: app, roles: ['worker'], env, logTo });
  const channel = `${app.settings.REDIS_PREFIX}:outbox`;
  const hearing = async () => ((await redis.ask('PUBSUB', 'NUMSUB', channel)) as [string, number])[1];
  expect(await hearing()).toBe(2);
  await redis.ask('ACL', 'SETUSER', 'muster', 'resetchannels');
  await until('it is refused', () => log.includes('outbox hears nothing: NOPERM'));
  expect(await hearing()).toBe(1);
  expect((await ready(ruled)).status).toBe(200);
  await redis.ask('ACL', 'SETUSER', 'muster', '&*');
  await until('it hears again', async () => (await hearing()) === 2);
  await ruled.close();
});
