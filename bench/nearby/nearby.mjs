import { Redis } from 'ioredis';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { cpuSeconds } from '../lib/cpu.mjs';
import { repeat } from '../lib/load.mjs';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median, percentile } from '../lib/stats.mjs';
import { livePeople, spanOf } from './_people.mjs';

// Who is within 2 km, among PEOPLE=1000000 (the default) who are live and want to be found, about 80 of them in reach: against a bare
// GEOSEARCH over as many in the same Redis, of all cells in reach or of the 50 nearest alone, and against a route that reads one row, which is the least that asking costs. How long a
// worker takes to fill the index from PostgreSQL, and what those hear who ask meanwhile, stands in the notes.

const PEOPLE = Number(process.env.PEOPLE ?? 1_000_000);
const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CLIENTS = 8;
/** Positions stay fresh however long all this takes. */
const ENV = { BCRYPT_COST: '4', LOCATION_STALE_SECONDS: '86400' };
const CALLERS = 40;
const LONE = 'bare GEOSEARCH, the 50 nearest';
const RADIUS_M = 2000;
/** As far as cells may lie whose people are in the circle. */
const REACH_M = RADIUS_M + 800;

await bench('nearby', async (stage) => {
  const muster = await stage.startMuster({ env: ENV, profiled: true });
  const callers = await signUp(muster, CALLERS);
  const db = new pg.Pool({ connectionString: stage.databaseUrl, max: 2 });
  const making = performance.now();
  await livePeople(db, { people: PEOPLE, callers: callers.map(({ id }) => id) });
  const made = (performance.now() - making) / 1000;
  await db.end();
  const redis = new Redis(stage.redisUrl);
  await fillBare(redis);
  const ask = () => {
    const { token } = callers[Math.floor(Math.random() * CALLERS)];
    return call(muster, 'GET', `/location/nearby?radius_meters=${RADIUS_M}&limit=50`, { token });
  };
  const find = async () => (await ask()).users.length;
  const { seconds: filled, times: meanwhile } = await fill(stage, ask);
  let [found, times] = [0, 0];
  const somewhere = () => [14 + Math.random() * span, 45 + Math.random() * span];
  const span = spanOf(PEOPLE);
  const works = {
    'bare GEOSEARCH': () =>
      redis.geosearch('bare', 'FROMLONLAT', ...somewhere(), 'BYRADIUS', REACH_M, 'm', 'ASC', 'COUNT', 1000),
    [LONE]: () => redis.geosearch('bare', 'FROMLONLAT', ...somewhere(), 'BYRADIUS', RADIUS_M, 'm', 'ASC', 'COUNT', 50),
    'whether one is visible': async () => {
      const { token } = callers[Math.floor(Math.random() * CALLERS)];
      await call(muster, 'GET', '/location/nearby/visibility', { token });
    },
    'who is nearby': async () => {
      const people = await find();
      found += people; // not before it is known: others add to it meanwhile
      times++;
    },
  };
  const results = await alternate(
    Object.fromEntries(Object.entries(works).map(([name, work]) => [name, () => counted(stage, muster, work)])),
    { rounds: ROUNDS },
  );
  redis.disconnect();
  const of = (name, figure) => results[name].map((result) => result[figure]);
  const ofLone = (figure) => ratio(of('who is nearby', figure), of(LONE, 'redis')).median.toFixed(1);
  return {
    rows: Object.keys(works).map((name) => ({
      what: name,
      'per s': median(of(name, 'perSecond')),
      'Muster’s CPU us': name.startsWith('bare') ? undefined : median(of(name, 'cpuMicros')),
      'PostgreSQL’s': name.startsWith('bare') ? undefined : median(of(name, 'postgres')),
      'Redis’s': median(of(name, 'redis')),
      'p50 ms': median(of(name, 'p50')),
      'p99 ms': median(of(name, 'p99')),
    })),
    gates: [
      {
        what: 'p50 as a multiple of a route’s that reads one row',
        value: ratio(of('who is nearby', 'p50'), of('whether one is visible', 'p50')).median,
        atMost: 4,
      },
      {
        what: 'Muster’s CPU, the same way',
        value: ratio(of('who is nearby', 'cpuMicros'), of('whether one is visible', 'cpuMicros')).median,
        atMost: 4,
      },
      { what: 'p50 in ms', value: median(of('who is nearby', 'p50')), atMost: 100 },
      { what: 'people found, on average', value: found / times, atLeast: 30 },
    ],
    notes: [
      `${PEOPLE} people, made in ${made.toFixed(0)} s`,
      `a worker filled the index in ${filled.toFixed(0)} s; who asked meanwhile had an answer in ${percentile(meanwhile, 0.5).toFixed(0)} ms (p50), ${percentile(meanwhile, 0.99).toFixed(0)} ms (p99)`,
      `p50 as a multiple of a bare GEOSEARCH’s: ${ratio(of('who is nearby', 'p50'), of('bare GEOSEARCH', 'p50')).median.toFixed(0)}`,
      `CPU of a question as a multiple of Redis’s for the 50 nearest alone: ${ofLone('redis')} of Redis’s, ${ofLone('all')} of all three’s`,
    ],
  };
});

/** Lets a worker fill the index: how long that takes, and how long those wait, in ms, who ask meanwhile. */
async function fill(stage, ask) {
  const worker = await stage.startMuster({ roles: ['worker'], env: ENV });
  const [begin, times] = [performance.now(), []];
  for (let complete = false; !complete;) {
    const from = performance.now();
    ({ complete } = await ask());
    times.push(performance.now() - from);
    await setTimeout(20);
  }
  await worker.stop();
  return { seconds: (performance.now() - begin) / 1000, times };
}

async function fillBare(redis) {
  for (let from = 0; from < PEOPLE; from += 10_000) {
    const places = Array.from({ length: 10_000 }, (_, index) => [
      14 + Math.random() * spanOf(PEOPLE),
      45 + Math.random() * spanOf(PEOPLE),
      `00000000-0000-4000-8000-${String(from + index).padStart(12, '0')}`,
    ]);
    await redis.geoadd('bare', ...places.flat());
  }
}

async function counted(stage, muster, work) {
  const used = () => [cpuSeconds(stage.postgresPid, { children: true }), cpuSeconds(stage.redisPid)];
  const before = used();
  const { perSecond, cpuMicros, times } = await repeat({ pid: muster.pid, clients: CLIENTS, seconds: SECONDS, work });
  const [postgres, redis] = used().map((seconds, index) => ((seconds - before[index]) * 1e6) / times.length);
  const cpu = { cpuMicros, postgres, redis, all: cpuMicros + postgres + redis };
  return { perSecond, ...cpu, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
