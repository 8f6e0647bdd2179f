import path from 'node:path';
import { Jobs } from 'src/core/jobs/jobs';
import { OutboxRelay } from 'src/core/jobs/relay';
import { JobRunner } from 'src/core/jobs/runner';
import { Presence } from 'src/core/realtime/presence';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { OwnRedis } from 'test/support/own-redis';
import { startProcess, type NodeProcess } from 'test/support/process';
import { redisOf } from 'test/support/redis';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

// Of three nodes one's clock is five minutes ahead, and one's five minutes behind; and a clock that is set while a node runs.

const OFF_MS = 300_000;
let app: TestApp, ahead: NodeProcess, behind: NodeProcess;
let ana: TestUser, ben: TestUser;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  const start = (aheadMs: number, roles: ('api' | 'worker')[]) =>
    startProcess({
      beside: app,
      roles,
      env: {
        CLOCK_AHEAD_MS: String(aheadMs),
        NODE_OPTIONS: `--require ${path.resolve('test/support/clock-ahead.cjs')}`,
      },
    });
  [ahead, behind] = await Promise.all([start(OFF_MS, ['api', 'worker']), start(-OFF_MS, ['api'])]);
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
}, 120_000);
afterAll(async () => {
  await Promise.all([ahead.kill(), behind.kill()]);
  await app.close();
});

/** The same person, signed in at a node. */
const signedIn = async (at: NodeProcess, user: TestUser): Promise<TestUser> => {
  const { body } = await api(at).post('/login', { email: user.email, password: user.password });
  return { ...user, token: body.access_token };
};
const profile = async (at: TestApp | NodeProcess, user: TestUser) => (await api(at, user).get('/profile')).status;

test('numbers and times of messages are the same whichever node took them, and the figures tell how far it is off', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const anas = await signedIn(behind, ana); // whose token is good everywhere
  const sent = [];
  for (const at of [app, ahead, behind, ahead, behind, app])
    sent.push((await api(at, anas).post(`/chats/${chat}/messages`, { content: 'x' })).body);
  const first = sent[0].seq as number;
  expect(sent.map(({ seq }) => seq)).toEqual(sent.map((_, index) => first + index));
  for (const { created_at: at } of sent) expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(OFF_MS / 2);
  for (const [node, offMs] of [
    [ahead, OFF_MS],
    [behind, -OFF_MS],
  ] as const) {
    const figure = /^muster_clock_ahead_seconds (\S+)/m.exec((await api(node).get('//metrics')).body as string)!;
    expect(Math.abs(Number(figure[1]) - offMs / 1000)).toBeLessThan(10);
  }
});

test('a token is good at every node but those for which it is from the future', async () => {
  const [fromAhead, fromBehind] = [await signedIn(ahead, ana), await signedIn(behind, ana)];
  const table = [];
  for (const user of [fromBehind, ana, fromAhead])
    table.push([await profile(behind, user), await profile(app, user), await profile(ahead, user)]);
  expect(table).toEqual([
    [200, 200, 200],
    [401, 200, 200],
    [401, 401, 200],
  ]);
});

test('who is connected to any node is online for all, also after the one has looked whose clock is ahead', async () => {
  const [dee] = await buildUsers(app, 'dee');
  await buildGroup(app, ben, [dee]);
  const dees = await signedIn(behind, dee);
  const sockets = await Promise.all([connect(app, ana), connect(ahead, ben), connect(behind, dees)]);
  const { body } = await api(ahead, ben).get(`/users/${ana.id}`);
  expect(body).toMatchObject({ status: 'online' });
  const all = [ana.id, ben.id, dee.id];
  expect(await app.get(Presence).online(all)).toEqual(new Set(all));
  const before = await sweeps();
  await until('it has looked', async () => (await sweeps()) > before, 40);
  const [, bens] = sockets;
  expect(bens.all('user_status').filter(({ status }) => status === 'offline')).toEqual([]);
  expect(await app.get(Presence).online(all)).toEqual(new Set(all));
  expect((await api(app, ben).get(`/users/${ana.id}`)).body).toMatchObject({ status: 'online' });
  sockets.forEach((socket) => socket.close());
});

test('a position is of the moment at which it came, whichever node took it, and the newest is the live one', async () => {
  const anas = await signedIn(behind, ana);
  const put = (at: TestApp | NodeProcess, latitude: number, recorded_at?: string) =>
    api(at, anas).post('/location/update', { latitude, longitude: 14.3577, recorded_at });
  let latitude = 45;
  for (const at of [ahead, app, behind]) {
    const untimed = await put(at, (latitude += 0.0001));
    expect(untimed.status).toBe(201);
    expect(Math.abs(Date.now() - Date.parse(untimed.body.recorded_at))).toBeLessThan(OFF_MS / 2);
    expect((await put(at, (latitude += 0.0001), new Date().toISOString())).status).toBe(201);
    expect((await api(app, anas).get('/location/current')).body.latitude).toBeCloseTo(latitude, 6);
    const early = await put(at, 45, new Date(Date.now() + 150_000).toISOString());
    expect([early.status, early.body.code]).toEqual([422, 'location.recorded_in_future']);
  }
});

/** How often the node that is ahead has looked who is gone. */
async function sweeps(): Promise<number> {
  const text = (await api(ahead).get('//metrics')).body as string;
  return Number(/^muster_job_seconds_count\{handler="presence.sweep",outcome="done"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

describe('a clock that is set while a node runs', () => {
  const HOUR_MS = 3_600_000;
  let redis: OwnRedis;
  let node: TestApp;
  let user: TestUser;
  let offMs = 0;
  beforeAll(async () => {
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + offMs);
    redis = await OwnRedis.start();
    node = await boot({
      env: {
        REDIS_URL: redis.url,
        RATE_LIMIT_DISABLED: 'false',
        RATE_LIMIT_PER_MINUTE: '100000',
        REFUSED_PER_MINUTE: '3',
      },
    });
    user = await buildUser(node, 'eve');
  });
  afterEach(() => (offMs = 0));
  afterAll(async () => {
    jest.restoreAllMocks();
    await node.close();
    await redis.stop();
  });

  const isAstray = (next?: number) => next !== undefined && next > Date.now() + HOUR_MS / 2;

  test('what is repeated goes on when it is set back, though it was planned by the wrong time', async () => {
    const clock = node.get(OutboxRelay).queues.get('clock')!;
    offMs = HOUR_MS;
    await until('it was planned an hour ahead', async () => {
      const next = (await clock.getJobScheduler('core.see_redis'))?.next;
      return next !== undefined && next > Date.now() - HOUR_MS / 2;
    });
    offMs = 0;
    expect(isAstray((await clock.getJobScheduler('core.see_redis'))?.next)).toBe(true);
    await node.get(JobRunner).schedule();
    const seen = async () => (await node.db.query<{ at: Date }>('SELECT seen_at AS at FROM redis_sightings'))[0]?.at;
    const before = await seen();
    await until('it is done again', async () => (await seen())?.getTime() !== before?.getTime(), 10);
    expect(isAstray((await clock.getJobScheduler('core.see_redis'))?.next)).toBe(false);
  });

  test('what was to be done later is done when it is due, though it was handed over by the wrong time', async () => {
    offMs = HOUR_MS;
    await node.get(Jobs).enqueue('calls.time_out', { call_id: 1 }, { delayMs: 60_000 });
    const clock = node.get(OutboxRelay).queues.get('clock')!;
    const held = async () => (await clock.getDelayed()).some(({ name }) => name === 'calls.time_out');
    await until('it was handed over', held);
    offMs = 0;
    await node.get(OutboxRelay).recover();
    expect(await held()).toBe(true); // it is not due
    const earlier = `interval '2 minutes'`;
    await node.db.query(`UPDATE outbox SET run_at = run_at - ${earlier}, queued_at = queued_at - ${earlier}`);
    await node.get(OutboxRelay).recover();
    await node.settle();
  });

  test('who was refused time and again is let in again after a minute', async () => {
    for (let tries = 0; tries < 3; tries++) await api(node).get('/nothing');
    offMs = -HOUR_MS;
    const { status, headers } = await api(node).get('/nothing');
    expect([status, Number(headers.get('retry-after')) <= 60]).toEqual([429, true]);
  });

  test('a line that hangs is given up', async () => {
    let isGivenUp = false;
    redisOf(node).once('close', () => (isGivenUp = true));
    redis.freeze();
    await redisOf(node).ping().catch(() => undefined); // oxfmt-ignore
    offMs = -HOUR_MS;
    await until('the line is given up', () => isGivenUp, 20);
    redis.goOn();
    await until('all is well', async () => (await api(node).get('//health/ready')).status === 200, 20);
  });

  test('who is there is so by a clock that is not set', async () => {
    const socket = await connect(node, user);
    for (const off of [-HOUR_MS, HOUR_MS]) {
      offMs = off;
      expect(await node.get(Presence).online([user.id])).toEqual(new Set([user.id]));
    }
    socket.close();
  });
});
