import { readFileSync } from 'node:fs';
import pg from 'pg';
import { call, signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';

// A broadcast to 100,000 people whose worker is killed three times: each must have it once, and the worker must need no more memory
// than for a tenth of them. `PEOPLE=10000` for a quicker look.

const PEOPLE = Number(process.env.PEOPLE ?? 100_000);
const KILLS_AT = [0.2, 0.5, 0.8];
const LOOK_EVERY_MS = 50;
/** In MB. With room to spare, V8 would let garbage lie; with this little, a worker that kept what is done would fall. */
const SMALL_HEAP = '--max-old-space-size=128';

await bench('push-broadcast', async (stage) => {
  const db = new pg.Pool({ connectionString: stage.databaseUrl });
  const api = await stage.startMuster({ env: { BCRYPT_COST: '4' } });
  const [admin] = await signUp(api, 1);
  await db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [admin.id]);
  await db.query(
    `INSERT INTO users (id, tenant_id, username, email, password_hash, terms, language)
     SELECT gen_random_uuid(), 'default', 'u' || i, 'u' || i || '@example.org', '-', '',
       CASE WHEN i % 10 = 0 THEN 'ko' ELSE 'en' END FROM generate_series(1, $1::int) i`,
    [PEOPLE],
  );
  await db.query('ANALYZE users');
  const run = (languages, kills) => broadcast({ stage, api, admin, languages, kills });
  const few = await run(['ko'], []);
  const all = await run(['ko', 'en'], KILLS_AT);
  const told = await db.query(
    `SELECT count(*)::int AS users, coalesce(max(times), 0)::int AS most FROM (
       SELECT user_id, count(*) AS times FROM push_notifications WHERE data ->> 'broadcast_id' = $1 GROUP BY user_id) t`,
    [String(all.id)],
  );
  const { users, most } = told.rows[0];
  await db.end();
  const row = (what, { recipients, seconds, peakMb, killed }) => ({
    what,
    people: recipients,
    kills: killed,
    'people/s': recipients / seconds,
    'peak RSS, MB': peakMb,
  });
  return {
    rows: [row('a tenth', few), row('all, killed', all)],
    gates: [
      { what: 'people who were told, of all', value: users / all.recipients, atLeast: 1 },
      { what: 'how often one was told at most', value: most, atMost: 1 },
      { what: 'memory at peak, all against a tenth', value: all.peakMb / few.peakMb, atMost: 1.25 },
    ],
    notes: ['seconds count from the call to the end, with those in which a killed worker’s job waits to be seen again'],
  };
});

/** Runs one with a worker of its own, which is killed and replaced when so much is done. */
async function broadcast({ stage, api, admin, languages, kills }) {
  const { token } = admin;
  const startWorker = () => stage.startMuster({ roles: ['worker'], env: { BCRYPT_COST: '4' }, nodeArgs: [SMALL_HEAP] });
  let worker = await startWorker();
  let peakMb = 0;
  const look = setInterval(() => (peakMb = Math.max(peakMb, residentMb(worker.pid))), LOOK_EVERY_MS);
  const began = performance.now();
  const body = { title: 'Hello', body: 'World', segment: { languages } };
  const { id, recipients } = await call(api, 'POST', '/push-notifications/broadcast', { token, body });
  const left = [...kills];
  for (;;) {
    const { status, processed_count: processed } = await call(api, 'GET', `/push-notifications/broadcasts/${id}`, {
      token,
    });
    if (status === 'done') break;
    if (left.length && processed >= left[0] * recipients) {
      left.shift();
      process.kill(worker.pid, 'SIGKILL');
      worker = await startWorker();
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  const seconds = (performance.now() - began) / 1000;
  clearInterval(look);
  await worker.stop();
  return { id, recipients, seconds, peakMb, killed: kills.length - left.length };
}

/** What the process holds in memory; 0 once it is gone. */
function residentMb(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
