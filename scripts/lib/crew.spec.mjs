import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Crew } from './crew.mjs';
import { readNote } from './identity.mjs';

test('a crew is dismissed newest first, after what needs others', async () => {
  const crew = new Crew();
  const ended = [];
  const start = (name, options) =>
    crew.start(name, 'sleep', ['60'], options).ended.then(({ signal }) => ended.push(`${name} ${signal}`));
  const all = [start('server', { needsOthers: true }), start('database'), start('queue')];
  await crew.dismiss();
  await Promise.all(all);
  expect(ended).toEqual(['server SIGTERM', 'queue SIGTERM', 'database SIGTERM']);
});

test('what is allowed a program after its start counts, also for who ends it later', async () => {
  const records = mkdtempSync(join(tmpdir(), 'muster-crew-'));
  const crew = new Crew({ records });
  const program = ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')"];
  const deaf = crew.start('deaf', process.execPath, program, {
    patience: 600_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  deaf.allow(1);
  const [note] = readdirSync(records).map((name) => readNote(join(records, name)));
  expect(note.plan.patience).toBe(1);
  await once(deaf.child.stdout, 'data');
  await crew.dismiss();
  expect(await deaf.ended).toEqual({ status: null, signal: 'SIGKILL' });
  expect(readdirSync(records)).toEqual([]);
  rmSync(records, { recursive: true });
});
