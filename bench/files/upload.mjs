import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { signUp } from '../lib/people.mjs';
import { bench } from '../lib/report.mjs';
import { median } from '../lib/stats.mjs';

// Uploads through the server to local disk: how fast, and by how much the process grows at its peak, whatever the size.

const MEGABYTE = 1024 * 1024;
const SIZES = [10, 100];
const ROUNDS = 8;
const GROWTH_MB = 64;
const LOOK_EVERY_MS = 10;

await bench('files-upload', async (stage) => {
  const env = { MAX_FILE_SIZE: String(200 * MEGABYTE), ALLOWED_FILE_EXTENSIONS: '*', BCRYPT_COST: '4' };
  const quotas = { FILE_QUOTA_BYTES: '100000000000', FILE_QUOTA_BYTES_PER_DAY: '100000000000' };
  const muster = await stage.startMuster({ env: { ...env, ...quotas } });
  const [{ token }] = await signUp(muster, 1);
  const send = async (bytes) => {
    const form = new FormData();
    form.append('file', new Blob([bytes]), 'noise.bin');
    const headers = { authorization: `Bearer ${token}` };
    const reply = await fetch(`${muster.url}/api/v1/files/upload`, { method: 'POST', headers, body: form });
    if (reply.status !== 201) throw new Error(`${reply.status}: ${await reply.text()}`);
    await reply.arrayBuffer();
  };
  // what the first requests load stays, whatever they carry
  for (let warm = 0; warm < 50; warm++) await send(randomBytes(1000));

  const rows = [];
  for (const megabytes of SIZES) {
    const bytes = randomBytes(megabytes * MEGABYTE);
    const before = residentMb(muster.pid);
    let peak = before;
    const look = setInterval(() => (peak = Math.max(peak, residentMb(muster.pid))), LOOK_EVERY_MS);
    const rates = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      await send(bytes);
      rates.push(megabytes / ((performance.now() - began) / 1000));
    }
    clearInterval(look);
    rows.push({
      'MB a file': megabytes,
      'MB/s': median(rates),
      'RSS before, MB': before,
      'growth at peak, MB': peak - before,
    });
  }
  return {
    rows,
    gates: rows.map((row) => ({
      what: `growth of the process by files of ${row['MB a file']} MB, in MB`,
      value: row['growth at peak, MB'],
      atMost: GROWTH_MB,
    })),
    notes: [
      'one upload at a time; the client hands over its bytes from the same machine, and each file is flushed to the disk',
    ],
  };
});

/** What the process holds in memory. */
function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
