import { Client } from 'pg';
import type { QueueName } from 'src/core/contract';
import { runInContext } from 'src/core/context/context';
import { Bus } from 'src/core/events/bus';
import { Outbox } from 'src/core/jobs/outbox';
import { queuePrefix, QUEUES } from 'src/core/jobs/queues';
import { OutboxRelay } from 'src/core/jobs/relay';
import { JobRunner } from 'src/core/jobs/runner';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { RedisKeys } from 'src/core/redis/keys';
import { buildGroup } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { hurry } from 'test/support/hurry';
import { redisOf, redisServersOf } from 'test/support/redis';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
let ana: TestUser, ben: TestUser;
let chat: number;
beforeAll(async () => {
  app = await boot();
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
  chat = await buildGroup(app, ana, [ben]);
});
afterAll(() => app.close());

const send = async (content: string): Promise<number> =>
  ((await api(app, ana).post(`/chats/${chat}/messages`, { content })).body as { id: number }).id;
const pushesOf = async (messageId: number) =>
  (await app.db.query('SELECT id FROM push_notifications WHERE dedupe_key = $1', [`message:${messageId}`])).length;

test('a durable handler that fails is tried again until it succeeds, and its effect is there once', async () => {
  await app.db.query('ALTER TABLE push_notifications RENAME TO push_away');
  const message = await send('while push is broken');
  await until('the handler has failed', async () => {
    const [row] = await app.db.query<{ queued_at: Date | null }>('SELECT queued_at FROM outbox');
    return row?.queued_at != null;
  });
  await app.db.query('ALTER TABLE push_away RENAME TO push_notifications');
  await app.settle();
  expect(await pushesOf(message)).toBe(1);
});

test('work that Redis has lost comes back from PostgreSQL', async () => {
  await app.db.query('ALTER TABLE push_notifications RENAME TO push_away');
  const message = await send('before Redis forgets');
  await until(
    'it was handed over',
    async () => (await app.db.query('SELECT id FROM outbox WHERE queued_at IS NOT NULL')).length > 0,
  );
  // In one step, for workers are busy with these keys.
  const forget = `local keys = redis.call('KEYS', ARGV[1]) for _, key in ipairs(keys) do redis.call('DEL', key) end return #keys`;
  const keys = `${app.settings.REDIS_PREFIX}:*queue:*`;
  const forgotten = await Promise.all(redisServersOf(app).map((redis) => redis.eval(forget, 0, keys)));
  expect(Math.max(...(forgotten as number[]))).toBeGreaterThan(0);
  await app.db.query('ALTER TABLE push_away RENAME TO push_notifications');
  await app.db.query(
    `UPDATE outbox SET run_at = run_at - interval '1 minute', queued_at = queued_at - interval '1 minute'`,
  );
  await app.get(OutboxRelay).recover();
  await app.settle();
  expect(await pushesOf(message)).toBe(1);
});

test('a job of which Redis has kept only the id is not given up: its work comes back too', async () => {
  await app.db.query('ALTER TABLE push_notifications RENAME TO push_away');
  const message = await send('half forgotten');
  const redis = redisOf(app);
  const events = `${queuePrefix(app.get(RedisKeys), 'events')}:events`;
  let id: string | undefined;
  await until('it waits for its next attempt', async () => {
    [id] = await redis.zrange(`${events}:delayed`, 0, 0);
    return id !== undefined;
  });
  await redis.del(`${events}:${id}`);
  await app.db.query('ALTER TABLE push_away RENAME TO push_notifications');
  await until('its id has left the queue', async () => {
    const places = await redis
      .pipeline()
      .zscore(`${events}:delayed`, id!)
      .lpos(`${events}:wait`, id!)
      .lpos(`${events}:active`, id!)
      .exec();
    return places!.every(([, place]) => place === null);
  });
  await app.db.query(
    `UPDATE outbox SET run_at = run_at - interval '1 minute', queued_at = queued_at - interval '1 minute'`,
  );
  await app.get(OutboxRelay).recover();
  await app.settle();
  expect(await pushesOf(message)).toBe(1);
  expect(await app.get(Outbox).parked()).toBe(0);
});

test('two relays and two workers do each work once', async () => {
  const other = await boot({ beside: app, roles: ['worker'] });
  const ids = await Promise.all(Array.from({ length: 60 }, (_, index) => send(`m${index}`)));
  await app.settle();
  expect(await Promise.all(ids.map(pushesOf))).toEqual(ids.map(() => 1));
  await other.close();
});

test('work that this worker does not know, of another version, waits for one that does', async () => {
  const file = { handler: 'files.hash', payload: { file_id: 1 } };
  const registry = app.get(WorkRegistry);
  const get = registry.get.bind(registry);
  const known = jest
    .spyOn(registry, 'get')
    .mockImplementation((name) => (name === file.handler ? undefined : get(name)));
  await app.db.tx(() => app.get(Outbox).add([file]));
  const queue = app.get(OutboxRelay).queues.get('slow')!;
  await until('it is put off', async () => (await queue.getDelayedCount()) > 0);
  known.mockRestore();
  await hurry(app, 'slow');
  await app.settle();
  expect(await app.get(Outbox).parked()).toBe(0);
});

test('work whose handler is gone is parked in the end, kept and counted; others go on', async () => {
  await app.db.tx(() => app.get(Outbox).add([{ handler: 'Gone.away', payload: {} }]));
  await until('it is parked', async () => (await hurry(app, 'events'), (await app.get(Outbox).parked()) === 1));
  const [row] = await app.db.query('SELECT handler, error FROM outbox WHERE parked_at IS NOT NULL');
  expect(row).toMatchObject({ handler: 'Gone.away', error: expect.stringContaining('nothing handles') as string });
  const message = await send('afterwards');
  await app.settle();
  expect(await pushesOf(message)).toBe(1);
  expect((await api(app).get('//metrics')).body).toContain('muster_outbox_parked 1');
});

test('a job that always fails is tried so often, then parked with its error, counted and told', async () => {
  const before = await app.get(Outbox).parked();
  await app.db.tx(() => app.get(Outbox).add([{ handler: 'push.deliver', payload: { notification_ids: 'poison' } }]));
  await until('it is parked', async () => (await hurry(app, 'fast'), (await app.get(Outbox).parked()) > before));
  const [row] = await app.db.query(`SELECT error FROM outbox WHERE handler = 'push.deliver' AND parked_at IS NOT NULL`);
  expect(row).toEqual({ error: expect.stringContaining('notification_ids') as string });
  const figures = (await api(app).get('//metrics')).body;
  expect(figures).toContain('muster_job_seconds_count{handler="push.deliver",outcome="parked"} 1');
  expect(figures).toMatch(/muster_job_seconds_count\{handler="push.deliver",outcome="retried"\} [1-9]/);
});

test('a fact outside a transaction is refused; one that is rolled back leaves nothing and tells nobody', async () => {
  const bus = app.get(Bus);
  const fact = { message_id: 1, chat_id: chat };
  await expect(bus.publish('message.created', fact)).rejects.toThrow('outside a transaction');
  const socket = await connect(app, ben);
  const work = app.db.tx(async () => {
    await bus.publish('message.created', fact);
    throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  await app.settle();
  expect(socket.all('new_message')).toEqual([]);
  socket.close();
});

test('the trace of a request goes with its work', async () => {
  const traceId = 'c0ffee'.padEnd(32, '0');
  const context = { traceId, tenantId: 'default', language: 'en' };
  await runInContext(context, () => app.db.tx(() => app.get(Outbox).add([{ handler: 'Gone.traced', payload: {} }])));
  const parked = `SELECT id FROM outbox WHERE handler = 'Gone.traced' AND parked_at IS NOT NULL`;
  await until('it is parked', async () => (await hurry(app, 'events'), (await app.db.query(parked)).length > 0));
  const [row] = await app.db.query(`SELECT trace_id FROM outbox WHERE handler = 'Gone.traced'`);
  expect(row).toEqual({ trace_id: traceId });
});

const schedulesOf = async (queue: QueueName) =>
  (await app.get(OutboxRelay).queues.get(queue)!.getJobSchedulers()).map(({ key }) => key);
/** Every minute by itself. */
const schedule = () => (app.get(JobRunner) as unknown as { schedule(): Promise<void> }).schedule();

test('repeated jobs are registered with BullMQ, and forgotten in queues that they have left', async () => {
  const clock = app.get(OutboxRelay).queues.get('clock')!;
  const data = { handler: 'core.trim_streams', payload: {}, tenantId: 'default', traceId: '' };
  await clock.upsertJobScheduler('core.trim_streams', { every: 3_600_000 }, { name: 'core.trim_streams', data });
  await schedule();
  expect(await schedulesOf('clock')).not.toContain('core.trim_streams');
  expect(await schedulesOf('upkeep')).toEqual(
    expect.arrayContaining(['core.trim_streams', 'core.forget_idempotency_keys', 'auth.forget_sessions']),
  );
});

test('on the clock is only what happens at a time and takes moments', () => {
  const [queues] = app.get(WorkRegistry).queues();
  const onTheClock = Object.keys(queues).filter((name) => queues[name] === 'clock');
  // whatever goes through tables or files until all is done belongs into `upkeep`: it would hold up calls that ring on
  expect(onTheClock.sort()).toEqual([
    'calls.roll_call',
    'calls.time_out',
    'calls.wake_unheard',
    'core.see_redis',
    'geofence.dwell',
    'location.end_share',
    'location.tell_ages',
    'presence.sweep',
  ]);
});

test('what happens at a time is done while more upkeep than there are places waits for a table', async () => {
  const holder = new Client({ connectionString: app.settings.DATABASE_URL });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE user_events, chat_changes IN ACCESS EXCLUSIVE MODE');
  const work = ['core.trim_streams', 'chats.trim_changes', 'core.trim_streams', 'core.see_redis'];
  await app.db.query('DELETE FROM redis_sightings');
  await app.db.tx(() => app.get(Outbox).add(work.map((handler) => ({ handler, payload: {} }))));
  const upkeep = app.get(OutboxRelay).queues.get('upkeep')!;
  await until('all places are taken', async () => (await upkeep.getActiveCount()) >= QUEUES.upkeep.concurrency);
  const left = `SELECT FROM outbox WHERE handler = 'core.see_redis'`;
  await until('it is done', async () => (await app.db.query(left)).length === 0);
  expect(await app.db.query('SELECT FROM redis_sightings')).toHaveLength(1);
  await holder.end();
  await app.settle();
});

test('a repeated job that fails time after time is counted and shown, until it succeeds', async () => {
  const root = await buildUser(app, 'root');
  await app.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [root.id]);
  const failing = async () => (await api(app, root).get('/admin/parked-work/schedules')).body.schedules;
  const run = async () => {
    const data = { handler: 'core.trim_streams', payload: {}, tenantId: 'default', traceId: '' };
    await app.get(OutboxRelay).queues.get('upkeep')!.add('core.trim_streams', data, { removeOnFail: true });
  };
  await app.db.query('ALTER TABLE user_events RENAME TO events_away');
  for (const failures of [1, 2]) {
    await run();
    await until('it has failed', async () => (await failing())[0]?.failures === failures);
  }
  expect(await failing()).toEqual([
    { job: 'core.trim_streams', failures: 2, reason: expect.any(String), failed_at: expect.any(String) },
  ]);
  expect((await api(app).get('//metrics')).body).toContain('muster_schedule_failures{job="core.trim_streams"} 2');
  await app.db.query('ALTER TABLE events_away RENAME TO user_events');
  await run();
  await until('it has succeeded', async () => (await failing()).length === 0);
});
