import pg from 'pg';
import { columnsOf, repeat } from '../lib/load.mjs';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { scansOf } from '../lib/scans.mjs';
import { percentile } from '../lib/stats.mjs';
import { writePast } from './_past.mjs';

// A page of 100 points of one's history, the first one and one from the middle, among POINTS=10000000 (the default) of the last four
// weeks, 10,000 a person: against the bare keyset query through `pg` over the same rows, and by PostgreSQL's own counts of what was
// scanned.

const POINTS = Number(process.env.POINTS ?? 10_000_000);
const EACH = Number(process.env.EACH ?? 10_000);
const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CLIENTS = 8;
const READERS = 40;
const PAGE = 100;

const SQL = `SELECT id, user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, battery, activity, source, flags,
    recorded_at, created_at
  FROM user_locations WHERE user_id = $1 AND recorded_at >= $2 ORDER BY recorded_at, id LIMIT ${PAGE + 1}`;

await bench('location-history', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: '4' } });
  const readers = await signUp(muster, READERS);
  const pool = new pg.Pool({ connectionString: stage.databaseUrl, max: CLIENTS });
  const making = performance.now();
  const { begin, end } = await writePast(pool, { points: POINTS, readers: readers.map(({ id }) => id), each: EACH });
  const made = (performance.now() - making) / 1000;
  const { rows } = await pool.query(
    `SELECT count(*)::int AS partitions, pg_size_pretty(sum(pg_total_relation_size(oid))) AS size
     FROM pg_class WHERE relispartition AND relkind = 'r' AND starts_with(relname, 'user_locations')`,
  );
  const middle = new Date((begin.getTime() + end.getTime()) / 2);
  const somebody = () => readers[Math.floor(Math.random() * READERS)];
  const bare = (from) => () => pool.query({ name: 'page', text: SQL, values: [somebody().id, from] });
  const page = (from) => async () => {
    const { token } = somebody();
    const { items } = await call(muster, 'GET', `/location/history?limit=${PAGE}&start=${from.toISOString()}`, {
      token,
    });
    if (items.length !== Math.min(PAGE, EACH)) throw new Error(`a page of ${items.length} points`);
  };
  const works = {
    'bare query, first page': bare(begin),
    'bare query, page of the middle': bare(middle),
    'first page': page(begin),
    'page of the middle': page(middle),
  };
  const scanned = {};
  for (const [name, work] of Object.entries(works)) scanned[name] = await scansOf(pool, 'user_locations', work);
  const plan = await pool.query(
    `EXPLAIN ${SQL.replace('$1', `'${readers[0].id}'`).replace('$2', `'${middle.toISOString()}'`)}`,
  );
  const indexes = new Set(plan.rows.flatMap((row) => row['QUERY PLAN'].match(/Index Scan using \S+/g) ?? []));
  const timed = Object.entries(works).map(([name, work]) => [
    name,
    () => repeat({ pid: name.startsWith('bare') ? process.pid : muster.pid, clients: CLIENTS, seconds: SECONDS, work }),
  ]);
  const results = await alternate(Object.fromEntries(timed), { rounds: ROUNDS });
  await pool.end();
  const p50 = (name) => results[name].map(({ times }) => percentile(times, 0.5));
  const slower = (name, than) => ratio(p50(name), p50(than)).median;
  return {
    rows: Object.keys(works).map((name) => ({
      what: name,
      ...columnsOf(results[name]),
      'rows read by whole scans': scanned[name].read,
      'index scans': scanned[name].index,
    })),
    gates: [
      {
        what: 'rows of the history that pages read by scanning a table',
        value: scanned['first page'].read + scanned['page of the middle'].read,
        atMost: 0,
      },
      {
        what: 'a page’s time as a multiple of the bare query’s',
        value: slower('first page', 'bare query, first page'),
        atMost: 5,
      },
      {
        what: 'the time of a page of the middle as a multiple of the first’s',
        value: slower('page of the middle', 'first page'),
        atMost: 1.2,
      },
    ],
    notes: [
      `${POINTS} points in ${rows[0].partitions} partitions, ${rows[0].size}, made in ${made.toFixed(0)} s; the bare query: ${[...indexes].join(', ')}`,
    ],
  };
});
