import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Outbox } from 'src/core/jobs/outbox';
import { jobIdOf, QUEUE_NAMES, queuePrefix } from 'src/core/jobs/queues';
import { OutboxRelay } from 'src/core/jobs/relay';
import { WorkRegistry } from 'src/core/jobs/work-registry';
import { RedisKeys } from 'src/core/redis/keys';
import { KINDS } from 'test/faults/kinds/all';
import { boot, type TestApp } from 'test/support/boot';
import { startProcess } from 'test/support/process';
import { until } from 'test/support/until';
import { Client } from 'pg';

// Workers are killed twice inside every kind of work that there is: at the first thing that it changes, and after the last, when only
// its row was still to leave the outbox. A kind without a row in the tables fails.

/** How often a job may bring down its worker, by our settings of BullMQ. */
const MOST_STALLS = 5;

/** A worker that begins all kinds of work at once needs a connection for each. */
const PATIENCE_SECONDS = 60;

interface Row {
  id: number;
  handler: string;
}

let app: TestApp, other: TestApp | undefined;
let queues: Queue[];
beforeAll(async () => {
  // what all kinds of work begin with is asked at once
  const env = { LOCATION_UPDATE_INTERVAL_MS: '0', JOB_LOCK_MS: '3000', DATABASE_TIMEOUT_MS: '60000' };
  app = await boot({ roles: ['api'], env });
  const connection = { url: app.settings.REDIS_URL! };
  const keys = app.get(RedisKeys);
  queues = QUEUE_NAMES.map((name) => new Queue(name, { connection, prefix: queuePrefix(keys, name) }));
});
afterAll(async () => {
  await Promise.all(queues.map((queue) => queue.close()));
  await other?.close();
  await app.close();
});

test('every kind of work is done though two workers were killed over it, and its result is there once', async () => {
  const [handlers] = app.get(WorkRegistry).queues();
  expect(Object.keys(KINDS).sort()).toEqual(Object.keys(handlers).sort());
  const made = await Promise.all(Object.entries(KINDS).map(async ([name, make]) => ({ name, ...(await make(app)) })));
  const work = made.map(({ name, work: payload }) => ({ handler: name, payload }));
  const rows = await handOver([...work, { handler: 'media.remove_pictures', payload: { keys: [] } }]);
  const poison = rows.at(-1)!;

  await killAt('its first change', rows, (holder) =>
    holder.query(`DO $$ DECLARE name text; BEGIN
      FOR name IN SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'outbox' ORDER BY 1
      LOOP EXECUTE format('LOCK TABLE %I IN SHARE MODE', name); END LOOP; END $$`),
  );
  await killAt('its end', rows);
  await pretend(poison, MOST_STALLS);
  // what the killed one was sending is left alone for so long
  await app.db.query(`UPDATE push_notifications SET claimed_at = claimed_at - interval '1 minute'`);

  other = await boot({ beside: app, roles: ['worker'] });
  await app.settle();
  const seen = await Promise.all(made.map(async ({ name, look }) => [name, await look()]));
  expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(made.map(({ name, is }) => [name, is])));
  const left = () => app.db.query('SELECT id, error FROM outbox');
  await until('what all this has brought about is done too', async () => (await left()).length === 1);
  expect(await left()).toEqual([{ id: poison.id, error: expect.stringContaining('stalled more than') as string }]);
}, 240_000);

/** Puts the work into the queues, and nothing else; its rows, in order. */
async function handOver(work: { handler: string; payload: object }[]): Promise<Row[]> {
  await app.db.query('DELETE FROM outbox');
  await app.db.tx(() => app.get(Outbox).add(work));
  const relay = app.get(OutboxRelay);
  await relay.start();
  const waiting = () => app.db.query('SELECT FROM outbox WHERE queued_at IS NULL');
  await until('it is handed over', async () => (await waiting()).length === 0);
  await relay.stop();
  return app.db.query<Row>('SELECT id, handler FROM outbox ORDER BY id');
}

/** Kills a worker when it has all of the work under way and is held up everywhere, by locks; at the latest where a row is to go. */
async function killAt(where: string, rows: Row[], lock?: (holder: Client) => Promise<unknown>) {
  const holder = new Client({ connectionString: app.settings.DATABASE_URL });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM outbox WHERE id = ANY($1) FOR UPDATE', [rows.map(({ id }) => id)]);
  await lock?.(holder);
  const worker = await startProcess({
    beside: app,
    roles: ['worker'],
    main: 'test/support/many-jobs.ts',
    env: { DATABASE_POOL_SIZE: '120', DATABASE_TIMEOUT_MS: '60000' },
  });
  let left: string[] = [];
  const isThere = async () => {
    const active = new Set((await Promise.all(queues.map((queue) => queue.getActive()))).flat().map(({ id }) => id));
    left = rows.filter(({ id }) => !active.has(jobIdOf(id))).map(({ handler }) => handler);
    return !left.length && (await waiting()) >= active.size;
  };
  await until(`all is at ${where}`, isThere, PATIENCE_SECONDS).catch(async (error: Error) => {
    await worker.kill();
    throw new Error(`${error.message}: ${left.join(', ')}`);
  });
  await worker.kill();
  // its connections are as dead as it is, which PostgreSQL would notice only after it has done what they wait with
  const name = new URL(app.settings.DATABASE_URL!).pathname.slice(1);
  await app.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND ${WAITING}`);
  await holder.end();
}

const WAITING = `wait_event_type = 'Lock'`;

async function waiting(): Promise<number> {
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND ${WAITING}`;
  return (await app.db.query<{ n: number }>(sql))[0]!.n;
}

/** Has BullMQ believe that a job has brought down so many workers already. */
async function pretend({ id, handler }: Row, times: number) {
  const redis = new Redis(app.settings.REDIS_URL!);
  const queue = app.get(WorkRegistry).queueOf(handler);
  await redis.hset(`${queuePrefix(app.get(RedisKeys), queue)}:${queue}:${jobIdOf(id)}`, 'stc', times);
  redis.disconnect();
}
