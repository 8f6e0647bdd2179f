import { generateKeyPairSync } from 'node:crypto';
import pg from 'pg';
import { inProject } from '../../scripts/lib/project.mjs';
import { signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// Pushes a second through the database, the queue and a worker, against Google's SDK alone, on the same local FCM.

const PEOPLE = 1000;
const SENDINGS = 4;
const PUSHES = PEOPLE * SENDINGS;
const ROUNDS = 5;
const PATIENCE_MS = 120_000;
const SERVICE_KEY = 'the service key of the bench, long enough';

await bench('push-send', async (stage) => {
  const fcm = await stage.start('FCM', inProject('bench/push/_fcm.mjs'));
  const rerouted = {
    FCM_PORT: new URL(fcm.url).port,
    NODE_OPTIONS: `--require ${inProject('bench/push/_reroute.cjs')}`,
  };
  const { privateKey: private_key } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const account = { project_id: 'bench', client_email: 'push@bench.example', private_key };
  const env = { BCRYPT_COST: '4', SERVICE_KEY, FCM_SERVICE_ACCOUNT: JSON.stringify(account), ENVIRONMENT: 'test' };
  const muster = await stage.startMuster({ env });
  await stage.startMuster({ roles: ['worker'], env: { ...env, ...rerouted } });
  const ids = await people(stage, muster);
  const told = async () => (await fetch(fcm.url)).json();

  /** From the first push that arrives to the last. */
  const rate = async (begin) => {
    await fetch(fcm.url, { method: 'DELETE' });
    await begin();
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const { count, ms } = await told();
      if (count >= PUSHES) return (1000 * (count - 1)) / ms;
      if (Date.now() > deadline) throw new Error(`only ${count} of ${PUSHES} pushes came`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const ours = () =>
    rate(async () => {
      for (let n = 0; n < SENDINGS; n++) {
        const body = JSON.stringify({ user_ids: ids, title: 'Maintenance', body: 'Back at 6 o’clock.' });
        const headers = { 'content-type': 'application/json', 'x-service-key': SERVICE_KEY };
        const reply = await fetch(`${muster.url}/api/v1/push-notifications/send`, { method: 'POST', headers, body });
        if (reply.status !== 201) throw new Error(`${reply.status}: ${await reply.text()}`);
      }
    });
  const bare = () =>
    rate(async () => {
      const { status, output } = await stage.run('SDK', inProject('bench/push/_bare.mjs'), [String(PUSHES)], rerouted);
      if (status !== 0) throw new Error(output);
    });
  const results = await alternate({ bare, ours }, { rounds: ROUNDS });
  const share = ratio(results.ours, results.bare);
  return {
    rows: [
      { what: 'Google’s SDK alone', 'pushes/s': median(results.bare) },
      { what: 'through the worker', 'pushes/s': median(results.ours) },
    ],
    gates: [{ what: 'share of the SDK alone', value: share.median, atLeast: 0.7 }],
    notes: [
      `${PUSHES} pushes a round to ${PEOPLE} people; rounds from ${share.lowest.toFixed(2)} to ${share.highest.toFixed(2)}`,
    ],
  };
});

/** So many people, each with a phone: copies of one who has signed up. */
async function people(stage, muster) {
  const [{ id }] = await signUp(muster, 1);
  const db = new pg.Client({ connectionString: stage.databaseUrl });
  await db.connect();
  const { rows } = await db.query(
    `INSERT INTO users (id, tenant_id, username, email, password_hash, terms)
     SELECT gen_random_uuid(), u.tenant_id, 'copy_' || n, 'copy_' || n || '@example.org', u.password_hash, ''
     FROM users u, generate_series(1, $2::int) n WHERE u.id = $1 RETURNING id`,
    [id, PEOPLE],
  );
  await db.query(
    `INSERT INTO device_tokens (user_id, token, device_type) SELECT id, 'fcm:' || id, 'android' FROM users WHERE id <> $1`,
    [id],
  );
  await db.end();
  return rows.map((row) => row.id);
}
