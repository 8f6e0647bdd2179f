import pg from 'pg';
import { fire, repeat } from '../lib/load.mjs';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// Durable points a second, of people who keep a history: one by one and in batches of 500, against bare inserts of as many rows into a
// table of the same columns and key. SECONDS and ROUNDS from the environment make it longer.

const SECONDS = Number(process.env.SECONDS ?? 3);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CONNECTIONS = 64;
const BATCH = 500;
const WRITERS = 4;

const HERE = { latitude: 45.7722, longitude: 14.3577, accuracy: 8, speed: 1.4, heading: 92, altitude: 560 };

await bench('location-points', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: '4' } });
  const people = await signUp(muster, CONNECTIONS);
  for (const { token } of people)
    await call(muster, 'PUT', '/location/settings', { token, body: { history: 'forever' } });
  const db = new pg.Pool({ connectionString: stage.databaseUrl, max: WRITERS });
  await db.query(`CREATE TABLE bare (LIKE user_locations INCLUDING DEFAULTS)`);
  await db.query('ALTER TABLE bare ADD PRIMARY KEY (user_id, recorded_at, id)');

  const post = (path, body) => (index) => [
    {
      method: 'POST',
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${people[index].token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
  ];
  const start = Date.now() - 3_600_000;
  const locations = Array.from({ length: BATCH }, (_, n) => ({
    ...HERE,
    latitude: HERE.latitude + n * 1e-5,
    recorded_at: new Date(start + n * 1000).toISOString(),
  }));
  let id = 1e9;
  const insert = () =>
    db.query(
      `INSERT INTO bare (user_id, recorded_at, id, is_permanent, latitude, longitude, accuracy, altitude, speed, heading)
       SELECT $1, now(), id, true, $2, $3, $4, $5, $6, $7 FROM generate_series($8::bigint, $9::bigint) AS id`,
      [
        people[0].id,
        ...['latitude', 'longitude', 'accuracy', 'altitude', 'speed', 'heading'].map((key) => HERE[key]),
        id,
        (id += BATCH) - 1,
      ],
    );
  const results = await alternate(
    {
      [`bare inserts of ${BATCH} rows`]: () => repeat({ clients: WRITERS, seconds: SECONDS, work: insert }),
      'points one by one': () =>
        fire({ ...muster, connections: CONNECTIONS, seconds: SECONDS, requestsOf: post('/location/update', HERE) }),
      [`batches of ${BATCH}`]: () =>
        fire({ ...muster, connections: WRITERS, seconds: SECONDS, requestsOf: post('/location/batch', { locations }) }),
    },
    { rounds: ROUNDS },
  );
  await db.end();
  const sizes = [BATCH, 1, BATCH];
  const names = Object.keys(results);
  const rates = names.map((name, index) => results[name].map(({ perSecond }) => perSecond * sizes[index]));
  const share = ratio(rates[2], rates[0]);
  return {
    rows: names.map((name, index) => ({
      what: name,
      'points/s': median(rates[index]),
      'CPU us/point': median(results[name].map(({ cpuMicros }) => cpuMicros / sizes[index])),
      'p50 ms': median(results[name].map(({ p50 }) => p50 ?? NaN)),
      'p99 ms': median(results[name].map(({ p99 }) => p99 ?? NaN)),
    })),
    gates: [
      { what: 'points/s in batches as a share of bare inserts’', value: share.median, atLeast: 0.01 },
      { what: 'points/s in batches against one by one', value: ratio(rates[2], rates[1]).median, atLeast: 2 },
    ],
    notes: [`rounds from ${share.lowest.toFixed(3)} to ${share.highest.toFixed(3)}`],
  };
});
