import pg from 'pg';
import { inProject } from '../../scripts/lib/project.mjs';
import { fire, repeat } from '../lib/load.mjs';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';
import { counted } from './_counted.mjs';
import { insertMany, insertOne, likeUserLocations } from './_bare.mjs';
import { Tracks } from './_track.mjs';

// Durable points a second, of people who keep a history: one by one, in batches of 500, in batches whose points have names
// (`client_id`), and in batches of which only the number is asked back. Against two limits: inserts of as many rows into a table of the same columns, keys, partitions and rules, and a
// route that parses as much and gives it back. All send the same walks, no point twice. SECONDS and ROUNDS make it longer;
// PROFILE=folder writes a CPU profile of the server there.

const SECONDS = Number(process.env.SECONDS ?? 3);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CONNECTIONS = 32;
const BATCH = 500;
const WRITERS = 4;

await bench('location-points', async (stage) => {
  const env = { BCRYPT_COST: '4' };
  const muster = await stage.startMuster({ env, profiled: true });
  const route = await stage.start('bare', inProject('bench/auth/_bare.mjs'));
  const people = await signUp(muster, CONNECTIONS);
  for (const { token } of people)
    await call(muster, 'PUT', '/location/settings', { token, body: { history: 'forever' } });
  const db = new pg.Pool({ connectionString: stage.databaseUrl, max: CONNECTIONS });
  await likeUserLocations(db);
  const tracks = new Tracks();
  let name = 0;
  const batch = (index) => ({ locations: tracks.take(index, BATCH) });
  const named = (index) => ({
    locations: tracks.take(index, BATCH).map((point) => ({ ...point, client_id: `p${name++}` })),
  });
  const one = (index) => tracks.take(index, 1)[0];

  const post = (server, path, connections, body, headers) => () =>
    fire({
      ...server,
      connections,
      seconds: SECONDS,
      requestsOf: (index) => [
        {
          method: 'POST',
          path,
          headers: { authorization: `Bearer ${people[index].token}`, 'content-type': 'application/json', ...headers },
          setupRequest: (request) => ({ ...request, body: JSON.stringify(body(index)) }),
        },
      ],
    });
  const insert = (clients, size, work) => () =>
    repeat({ clients, seconds: SECONDS, work: (index) => work(db, people[index].id, tracks.take(index, size)) });
  const works = {
    [`bare inserts of ${BATCH} rows`]: [BATCH, insert(WRITERS, BATCH, insertMany)],
    'bare inserts one by one': [1, insert(CONNECTIONS, 1, (pool, id, [point]) => insertOne(pool, id, point))],
    [`a bare route, ${BATCH} points`]: [BATCH, post(route, '/echo', WRITERS, batch)],
    'a bare route, a point': [1, post(route, '/echo', CONNECTIONS, one)],
    [`batches of ${BATCH}`]: [BATCH, post(muster, '/api/v1/location/batch', WRITERS, batch)],
    [`batches of ${BATCH} with names`]: [BATCH, post(muster, '/api/v1/location/batch', WRITERS, named)],
    'points one by one': [1, post(muster, '/api/v1/location/update', CONNECTIONS, one)],
    [`batches of ${BATCH}, answered in short`]: [
      BATCH,
      post(muster, '/api/v1/location/batch', WRITERS, batch, { prefer: 'return=minimal' }),
    ],
  };
  const timed = Object.entries(works).map(([what, [size, work]]) => [what, () => counted(stage, size, work)]);
  const results = await alternate(Object.fromEntries(timed), { rounds: ROUNDS });
  const { rows } = await db.query('SELECT count(*)::int AS kept FROM user_locations');
  await db.end();
  await muster.stop(); // so that it writes its profile
  const [many, single, manyRoute, singleRoute, batches, batchesNamed, singles, inShort] = Object.values(results);
  const sent = [batches, batchesNamed, singles, inShort].flat().reduce((sum, { total }) => sum + total, 0);
  if (rows[0].kept < sent * 0.9) throw new Error(`${rows[0].kept} points are there, of more than ${sent}`);
  const of = (rounds, figure) => rounds.map((round) => round[figure]);
  const against = (ones, others, figure = 'points') => ratio(of(ones, figure), of(others, figure));
  const share = against(batches, many);
  return {
    rows: Object.entries(results).map(([what, rounds]) => ({
      what,
      'points/s': median(rounds.map(({ points }) => points)),
      'CPU us/point': median(rounds.map(({ cpu }) => cpu)),
      'PostgreSQL’s': median(rounds.map(({ postgres }) => postgres)),
      'p50 ms': median(rounds.map(({ p50 }) => p50 ?? NaN)),
      'p99 ms': median(rounds.map(({ p99 }) => p99 ?? NaN)),
    })),
    gates: [
      { what: 'points/s in batches as a share of bare inserts’ of as many rows', value: share.median, atLeast: 0.4 },
      {
        what: 'CPU of a point in a batch, PostgreSQL’s with it, as a multiple of a bare insert’s',
        value: against(batches, many, 'all').median,
        atMost: 2.5,
      },
      {
        what: 'the same of a point that has a name',
        value: against(batchesNamed, many, 'all').median,
        atMost: 5,
      },
      {
        what: 'points/s in batches as a share of a bare route’s',
        value: against(batches, manyRoute).median,
        atLeast: 0.5,
      },
      {
        what: 'points/s in batches against bare inserts one by one',
        value: against(batches, single).median,
        atLeast: 2,
      },
      {
        what: 'points/s one by one as a share of bare inserts’ one by one',
        value: against(singles, single).median,
        atLeast: 0.25,
      },
      {
        what: 'points/s one by one as a share of a bare route’s',
        value: against(singles, singleRoute).median,
        atLeast: 0.5,
      },
    ],
    notes: [`rounds of the first from ${share.lowest.toFixed(3)} to ${share.highest.toFixed(3)}`],
  };
});
