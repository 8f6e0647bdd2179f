import { readFileSync } from 'node:fs';
import pg from 'pg';
import { inProject } from '../../scripts/lib/project.mjs';
import { signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { alternate, ratio } from '../lib/rounds.mjs';
import { median } from '../lib/stats.mjs';

// Photographs of 6 megapixels through upload, queue, worker and storage, against the same renditions by sharp alone.

const PICTURE = inProject('test/data/images/2569067123_aca715a2ee_o.jpg');
const PICTURES = 16;
const ROUNDS = 3;
const PATIENCE_MS = 120_000;

await bench('files-thumbnails', async (stage) => {
  const muster = await stage.startMuster({ env: { BCRYPT_COST: '4' } });
  const [{ token }] = await signUp(muster, 1);
  const db = new pg.Client({ connectionString: stage.databaseUrl });
  await db.connect();
  const bytes = readFileSync(PICTURE);
  const send = async () => {
    const form = new FormData();
    form.append('file', new Blob([bytes]), 'a.jpg');
    const headers = { authorization: `Bearer ${token}` };
    const reply = await fetch(`${muster.url}/api/v1/files/upload`, { method: 'POST', headers, body: form });
    if (reply.status !== 201) throw new Error(`${reply.status}: ${await reply.text()}`);
    return (await reply.json()).id;
  };

  /** From the first picture that is ready to the last: what a worker needs to start does not count. */
  const ours = async () => {
    const ids = [];
    for (let n = 0; n < PICTURES; n++) ids.push(await send());
    const worker = await stage.startMuster({ roles: ['worker'] });
    const sql = `SELECT count(*) FILTER (WHERE status = 'ready')::int AS ready,
      extract(epoch FROM max(updated_at) - min(updated_at))::float8 AS seconds FROM files WHERE id = ANY($1)`;
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const [{ ready, seconds }] = (await db.query(sql, [ids])).rows;
      if (ready === PICTURES) {
        await worker.stop();
        return (PICTURES - 1) / seconds;
      }
      if (Date.now() > deadline) throw new Error(`only ${ready} of ${PICTURES} pictures got ready`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const bare = async () => {
    const { status, output } = await stage.run('sharp', inProject('bench/files/_bare.mjs'), [
      PICTURE,
      String(PICTURES),
    ]);
    if (status !== 0) throw new Error(output);
    return (PICTURES - 1) / Number(output.trim().split('\n').at(-1));
  };
  const results = await alternate({ bare, ours }, { rounds: ROUNDS, warmUp: false });
  await db.end();
  const share = ratio(results.ours, results.bare);
  return {
    rows: [
      { way: 'sharp alone', 'pictures/s': median(results.bare) },
      { way: 'through Muster', 'pictures/s': median(results.ours) },
    ],
    gates: [{ what: 'pictures/s as a share of sharp’s alone', value: share.median, atLeast: 0.9 }],
    notes: [`seven renditions of each; rounds from ${share.lowest.toFixed(2)} to ${share.highest.toFixed(2)}`],
  };
});
