import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { LOOPBACK } from './ports.mjs';
import { programOf } from './programs.mjs';
import { startServer } from './servers.mjs';

const PROGRAMS = ['redis-server', 'valkey-server'];
/** A large append-only file takes its time to load. */
const START_PATIENCE_MS = 120_000;
const STOP_PATIENCE_MS = 30_000;

const HOW_TO_INSTALL = `Muster needs Redis, and neither redis-server nor valkey-server is on PATH. Install it:
  Debian, Ubuntu   sudo apt-get install redis-server
  Fedora           sudo dnf install valkey
  macOS            brew install redis
or name a running server in REDIS_URL.`;

/** The path of a Redis or Valkey server. Root on Debian or Ubuntu gets one installed; others are told how, by a `Failure`. */
export async function redisProgram(crew, progress) {
  const program = await programOf(crew, progress, { name: 'Redis', programs: PROGRAMS, debian: 'redis-server' });
  if (!program) throw new Failure(HOW_TO_INSTALL);
  return program;
}

/** Starts the Redis of this Muster, whose data stay in `<home>/redis`: `{ url, version, folder, member }`. */
export function startKeptRedis(crew, program, { home, logs, password }) {
  const folder = join(home, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return startRedis(crew, program, { folder, log: join(logs, 'redis.log'), password, appendOnly: 'yes' });
}

/** Starts a Redis for one test run in `folder`, which writes nothing to disk: `{ url }`. */
export function startTemporaryRedis(crew, program, { folder, log, password }) {
  mkdirSync(folder, { mode: 0o700 });
  return startRedis(crew, program, { folder, log, password, appendOnly: 'no' });
}

async function startRedis(crew, program, { folder, log, password, appendOnly }) {
  const urlAt = (port) => `redis://:${password}@${LOOPBACK}:${port}`;
  const { port, member } = await startServer({
    name: 'Redis',
    log,
    patience: START_PATIENCE_MS,
    start: (port, output) => run(crew, program, { folder, output, port, password, appendOnly }),
    answers: (port) => redisAnswers(urlAt(port)),
  });
  return { url: urlAt(port), version: versionOf(program), folder, member };
}

function run(crew, program, { folder, output, port, password, appendOnly }) {
  const settings = [
    `bind ${LOOPBACK}`,
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    `appendonly ${appendOnly}`,
    'save ""',
    // Queues must not lose jobs for want of memory.
    'maxmemory-policy noeviction',
  ];
  const stopping = { stopSignals: ['SIGTERM'], patience: STOP_PATIENCE_MS };
  const member = crew.start('Redis', program, ['-'], { ...stopping, cwd: folder, stdio: ['pipe', output, output] });
  // Through stdin, so that the password is neither in a file nor among the arguments that everyone can list.
  member.child.stdin.on('error', () => {}).end(`${settings.join('\n')}\n`);
  return member;
}

/** Rejects unless the server behind the URL lets us in; of several, separated by commas, the first. */
export async function redisAnswers(url) {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url.split(',')[0], {
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: 5_000,
    enableReadyCheck: false,
  });
  // The reason for a refused connection is told to listeners alone; the promise says only that it was closed.
  let reason;
  redis.on('error', (error) => (reason = error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}

const versionOf = (program) => spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.match(/v=([\d.]+)/)?.[1];
