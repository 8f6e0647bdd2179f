import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The checker on a PostgreSQL and a Redis of its own, with each fault once; `node bench/delivery/run.mjs` does it at length. */
test('through killed nodes, cut connections, an emptied Redis and a crashed PostgreSQL every acknowledged message, edit, deletion and reaction reaches everybody once and in order', async () => {
  const args = ['bench/delivery/run.mjs', '--seconds', '6', '--people', '6', '--chats', '3'];
  const checker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [checker.stdout, checker.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [status] = (await once(checker, 'close')) as [number];
  expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining('HOLDS') });
  for (const act of ['edits', 'deletions', 'reactions']) expect(output).toMatch(new RegExp(`^${act}: [1-9]`, 'm'));
  for (const fault of ['node', 'cut', 'redis', 'postgres']) expect(output).toMatch(new RegExp(`faults:.*${fault}`));
}, 150_000);
