import pg from 'pg';
import { inProject } from '../../scripts/lib/project.mjs';
import { call, signUp } from '../lib/people.mjs';
import { columnsOf, repeat } from '../lib/load.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { scansOf } from '../lib/scans.mjs';
import { percentile } from '../lib/stats.mjs';
import { writeHistory } from './_history.mjs';
import { planOf, statementsOf } from './_plans.mjs';

// A page of 50 messages (the newest, and deep in a long chat) and the list of 100 chats, from a large table: against the bare keyset
// query and OFFSET through `pg`, what TypeORM's `find` makes of a page over a bare Fastify, by the plans of the very statements that Muster asks,
// and by PostgreSQL's own counts of what was scanned. MESSAGES=5000000 (the default) for figures that count; PROFILE=folder writes a CPU
// profile of Muster there.

const MESSAGES = Number(process.env.MESSAGES ?? 5_000_000);
const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CLIENTS = 8;
const PRODUCTION = { ENVIRONMENT: 'production', RATE_LIMIT_DISABLED: 'false', RATE_LIMIT_PER_MINUTE: '1000000' };

await bench('chats-pages', async (stage) => {
  const muster = await stage.startMuster({ env: PRODUCTION, profiled: true });
  const plain = await stage.start('plain', inProject('bench/chats/_bare-pages.mjs'));
  const [reader, writer] = await signUp(muster, 2);
  const { long, length } = await writeHistory(stage.databaseUrl, {
    messages: MESSAGES,
    reader: reader.id,
    writer: writer.id,
  });
  const pool = new pg.Pool({ connectionString: stage.databaseUrl, max: CLIENTS });
  const get = (path) => () => call(muster, 'GET', path, { token: reader.token });
  const deep = Math.max(60, Math.floor(length * 0.2));
  const sql =
    'SELECT id, chat_id, seq, sender_id, content, created_at FROM messages WHERE chat_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 50';
  const works = {
    'bare keyset query': () => pool.query({ name: 'page', text: sql, values: [long, length] }),
    'TypeORM, 50 messages and senders': () => call(plain, 'GET', `/messages/${long}`),
    'TypeORM, page of 50': () => call(plain, 'GET', `/pages/${long}`),
    'newest page of 50': get(`/chats/${long}/messages?limit=50`),
    'deep page of 50': get(`/chats/${long}/messages?limit=50&before_seq=${deep}`),
    'list of 100 chats': get('/chats?limit=100'),
  };
  const plans = {};
  for (const [name, statement] of Object.entries(await statementsOf(reader.id, long, deep)))
    plans[name] = await planOf(pool, statement);
  const offset = await timeOf(() =>
    pool.query('SELECT * FROM messages WHERE chat_id = $1 ORDER BY seq DESC LIMIT 50 OFFSET $2', [long, length - deep]),
  );
  const alone = await timeOf(works['deep page of 50']);
  const scanned = {};
  for (const [name, work] of Object.entries(works)) scanned[name] = await scansOf(pool, 'messages', work);
  const pidOf = (name) => (name.startsWith('bare') ? process.pid : name.startsWith('TypeORM') ? plain.pid : muster.pid);
  const timed = Object.fromEntries(
    Object.entries(works).map(([name, work]) => [
      name,
      () => repeat({ pid: pidOf(name), clients: CLIENTS, seconds: SECONDS, work }),
    ]),
  );
  const results = await alternate(timed, { rounds: ROUNDS });
  await pool.end();
  await muster.stop(); // so that it writes its profile
  const cpu = (name) => results[name].map(({ cpuMicros }) => cpuMicros);
  const p50 = (name) => results[name].map(({ times }) => percentile(times, 0.5));
  const slower = (name, than) => ratio(p50(name), p50(than)).median;
  const whole = (name) => scanned[name].read;
  return {
    rows: Object.keys(works).map((name) => ({
      what: name,
      ...columnsOf(results[name]),
      'rows read by whole scans': scanned[name].read,
      'index scans': scanned[name].index,
    })),
    gates: [
      ...Object.entries(plans).map(([name, { whole, indexed }]) => ({
        what: `${name}: 1 if its plan reads messages by an index alone`,
        value: indexed && !whole ? 1 : 0,
        atLeast: 1,
      })),
      {
        what: 'a page by OFFSET, as deep, as a multiple of the deep page’s time over HTTP, each asked alone',
        value: offset / alone,
        atLeast: MESSAGES >= 5_000_000 ? 500 : 0,
      },
      {
        what: 'rows of messages that a newest page reads by scanning the table',
        value: whole('newest page of 50'),
        atMost: 0,
      },
      {
        what: 'rows of messages that a deep page reads by scanning the table',
        value: whole('deep page of 50'),
        atMost: 0,
      },
      {
        what: 'rows of messages that the list of chats reads by scanning the table',
        value: whole('list of 100 chats'),
        atMost: 0,
      },
      {
        what: 'a deep page’s time as a multiple of the newest’s',
        value: slower('deep page of 50', 'newest page of 50'),
        atMost: 1.2,
      },
      {
        what: 'CPU of a newest page as a share of TypeORM’s, which looks at no token and no membership',
        value: ratio(cpu('newest page of 50'), cpu('TypeORM, page of 50')).median,
        atMost: 0.35,
        stretch: 0.2,
      },
    ],
    notes: [
      `${MESSAGES} messages, ${length} of them in the long chat; deep: before ${deep}; by OFFSET ${offset.toFixed(1)} ms, over HTTP ${alone.toFixed(1)} ms`,
      ...Object.entries(plans).flatMap(([name, { text }]) => ['', `${name}:`, ...text.split('\n')]),
    ],
  };
});

/** The shortest of five, in ms. */
async function timeOf(work) {
  const times = [];
  for (let n = 0; n < 5; n++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return Math.min(...times);
}
