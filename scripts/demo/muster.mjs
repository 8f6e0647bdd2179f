import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import { Failure } from '../lib/failure.mjs';
import { instanceLock } from '../lib/instance.mjs';
import { inProject, musterHome, ROOT } from '../lib/project.mjs';
import { until } from '../lib/waiting.mjs';

/** A first start installs, builds and may download a PostgreSQL. */
const START_PATIENCE_MS = 10 * 60_000;
/** The server may take 60 s to drain, and its services a little after it. */
const STOP_PATIENCE_MS = 90_000;
const LINES_SHOWN = 15;

/**
 * The Muster to play at: the one at `url`, else the one that runs from here, else one that is started now and ends with
 * the crew. `log` is undefined if its log is not ours to read.
 */
export async function findMuster(crew, progress, url) {
  if (url) return { url };
  const instance = instanceLock(musterHome());
  if (!instance.holder()) return start(crew, progress, instance);
  const answering = () => instance.holder()?.url !== undefined || !instance.holder();
  await progress.step('Waiting for the Muster that is being started here', () => until(answering, START_PATIENCE_MS));
  const holder = instance.holder();
  if (holder?.url) return { url: holder.url };
  throw new Failure(holder ? `Muster (process ${holder.pid}) does not get ready.` : 'The Muster here has ended.');
}

async function start(crew, progress, instance) {
  const member = crew.start('npm start', process.execPath, [inProject('scripts', 'start.mjs')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    patience: STOP_PATIENCE_MS,
  });
  const log = new Log(member.child);
  const pid = member.child.pid;
  const mine = () => (instance.holder()?.pid === pid ? instance.holder().url : undefined);
  const ready = () => mine() !== undefined || !member.running;
  await progress.step('Starting Muster, since none runs here', () => until(ready, START_PATIENCE_MS));
  const url = mine();
  if (url) return { url, log, ours: true };
  throw new Failure(['Muster could not be started:', ...log.lines.slice(-LINES_SHOWN)].join('\n'));
}

/** What a program writes, line by line, from its start on; each line is also emitted. */
class Log extends EventEmitter {
  lines = [];

  constructor({ stdout, stderr }) {
    super();
    for (const input of [stdout, stderr])
      createInterface({ input, crlfDelay: Infinity }).on('line', (line) => {
        this.lines.push(line);
        this.emit('line', line);
      });
  }
}
