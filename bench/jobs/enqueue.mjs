import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { cpuSeconds } from '../lib/cpu.mjs';
import { shown } from '../lib/figures.mjs';
import { startInside } from '../lib/inside.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// How fast jobs come to Redis: what the relay hands over, outbox and all, beside jobs on the same queue by BullMQ's `add` one by one,
// 32 at once and as many as a batch holds, and by `addBulk`. Nobody works them off meanwhile.

const JOBS = Number(process.env.JOBS ?? 20_000);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const BATCH = 500; // the relay's
const CLIENTS = 32;
const [HANDLER, QUEUE] = ['files.collect', 'events'];
const PAYLOAD = { file_ids: [1] };
const FILL = `INSERT INTO outbox (handler, payload, tenant_id, trace_id) SELECT $1, $2, 'default', repeat('0', 32) FROM generate_series(1, $3::int)`;

await bench('jobs-enqueue', async (stage) => {
  const muster = await startInside(stage);
  const relay = muster.service('core/jobs/relay.js', 'OutboxRelay');
  await relay.start();
  const queue = relay.queues.get(QUEUE);
  const db = new pg.Client({ connectionString: stage.databaseUrl });
  await db.connect();
  let last = 0;
  /** As the relay describes it. */
  const one = () => ({
    name: HANDLER,
    data: { handler: HANDLER, payload: PAYLOAD, tenantId: 'default', traceId: '0'.repeat(32) },
    opts: {
      ...{ jobId: `bare-${last++}`, delay: 0, attempts: 10, backoff: { type: 'muster' } },
      ...{ removeOnComplete: true, removeOnFail: true },
    },
  });
  const some = () => Array.from({ length: BATCH }, one);
  const add = ({ name, data, opts }) => queue.add(name, data, opts);
  const works = {
    [`BullMQ’s add, ${CLIENTS} at once`]: () =>
      Promise.all(
        Array.from({ length: CLIENTS }, async () => {
          for (let added = 0; added < JOBS / CLIENTS; added++) await add(one());
        }),
      ),
    [`BullMQ’s add, ${BATCH} at once`]: async () => {
      for (let added = 0; added < JOBS; added += BATCH) await Promise.all(some().map(add));
    },
    'BullMQ’s addBulk': async () => {
      for (let added = 0; added < JOBS; added += BATCH) await queue.addBulk(some());
    },
    'Muster’s relay, from the outbox': async () => {
      relay.wake();
      while ((await queue.getWaitingCount()) < JOBS) await setTimeout(5);
    },
  };
  const measured = async (name, work) => {
    await queue.obliterate({ force: true });
    await db.query('TRUNCATE outbox');
    if (name.startsWith('Muster')) await db.query(FILL, [HANDLER, PAYLOAD, JOBS]);
    const used = () => [
      cpuSeconds(process.pid),
      cpuSeconds(stage.redisPid),
      cpuSeconds(stage.postgresPid, { children: true }),
    ];
    const [begin, before] = [performance.now(), used()];
    await work();
    const perSecond = JOBS / ((performance.now() - begin) / 1000);
    const [own, redis, postgres] = used().map((seconds, index) => ((seconds - before[index]) * 1e6) / JOBS);
    return { perSecond, own, redis, postgres };
  };
  const results = await alternate(
    Object.fromEntries(Object.entries(works).map(([name, work]) => [name, () => measured(name, work)])),
    { rounds: ROUNDS },
  );
  await db.end();
  await relay.stop();
  await muster.stop();
  const [few, many, bulk, relayed] = Object.values(results).map((rounds) => rounds.map(({ perSecond }) => perSecond));
  const compared = {
    [`addBulk’s jobs/s as a multiple of add’s, ${CLIENTS} at once`]: ratio(bulk, few),
    [`the same of add’s, ${BATCH} at once`]: ratio(bulk, many),
    [`the relay’s, which takes them from PostgreSQL, as a multiple of add’s, ${CLIENTS} at once`]: ratio(relayed, few),
  };
  return {
    rows: Object.entries(results).map(([what, rounds]) => ({
      what,
      'jobs/s': median(rounds.map(({ perSecond }) => perSecond)),
      'CPU us/job': median(rounds.map(({ own }) => own)),
      'Redis’s': median(rounds.map(({ redis }) => redis)),
      'PostgreSQL’s': median(rounds.map(({ postgres }) => postgres)),
    })),
    gates: [{ what: Object.keys(compared)[0], value: Object.values(compared)[0].median, atLeast: 1.4 }],
    notes: Object.entries(compared).map(
      ([what, { median: middle, lowest, highest }]) =>
        `${what}: ${[middle, lowest, highest].map(shown).join(', ')} (median, lowest, highest)`,
    ),
  };
});
