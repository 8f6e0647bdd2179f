import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Crew, endLeftovers } from './lib/crew.mjs';
import { Failure, report } from './lib/failure.mjs';
import { instanceLock } from './lib/instance.mjs';
import { isMigrated, migrate } from './lib/migrations.mjs';
import { checkPort } from './lib/ports.mjs';
import { Progress } from './lib/progress.mjs';
import { inProject, musterHome, ROOT } from './lib/project.mjs';
import { keptSecrets } from './lib/secrets.mjs';
import { keptServices } from './lib/services.mjs';
import { checkNode, prepare } from './lib/setup.mjs';
import { outliveOutput, toldToStop } from './lib/signals.mjs';
import { summary } from './lib/summary.mjs';

// `npm start`: from a bare clone to a running Muster, and back to nothing running at Ctrl-C.

const READY_PATIENCE_MS = 120_000;
/** Beyond what the server itself allows for its shutdown. */
const STOP_MARGIN_MS = 5_000;

const SECRETS = ['JWT_SECRET_KEY', 'POSTGRES_PASSWORD', 'DATABASE_PASSWORD', 'REDIS_PASSWORD'];
/** In place of what is provided only after the environment has been checked. */
const STAND_INS = {
  DATABASE_URL: 'postgresql://127.0.0.1/muster',
  REDIS_URL: 'redis://127.0.0.1',
  JWT_SECRET_KEY: 'a stand-in of sufficient length.',
};

async function main() {
  outliveOutput();
  process.chdir(ROOT); // settings name places as the server sees them
  const told = toldToStop();
  const progress = new Progress();
  checkNode();
  if (existsSync(inProject('.env'))) process.loadEnvFile(inProject('.env'));
  // Node 22 and newer keep there what they compile, and so load it sooner the next time.
  process.env.NODE_COMPILE_CACHE ??= inProject('dist', '.compiled');
  const home = openHome();
  const instance = claimInstance(home);
  const records = join(home, 'run');
  const crew = new Crew({ records });
  try {
    await Promise.race([serve(crew, progress, { home, records, instance }), told]);
    console.log('\nStopping …');
  } finally {
    await crew.dismiss();
    instance.release();
  }
}

/** Never resolves: it ends by failing, or with the process. */
async function serve(crew, progress, { home, records, instance }) {
  await endLeftovers(records);
  await prepare(crew, progress, { build: true });
  const server = loadServer(crew);
  const { PORT, HOST, DRAIN_SECONDS, SHUTDOWN_SECONDS } = readSettings();
  server.allow((DRAIN_SECONDS + SHUTDOWN_SECONDS) * 1_000 + STOP_MARGIN_MS);
  if (PORT !== 0) await checkPort(PORT, HOST);

  const secrets = keptSecrets(join(home, 'secrets.json'), SECRETS);
  const { postgres, redis } = await keptServices(crew, progress, { home, secrets });
  const places = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  if (!(await isMigrated(postgres.url)))
    await progress.step('Migrating the database', () => migrate(crew, { ...process.env, ...places }));
  const JWT_SECRET_KEY = process.env.JWT_SECRET_KEY || secrets.JWT_SECRET_KEY;
  const provided = { ...places, MUSTER_HOME: home, JWT_SECRET_KEY };
  const ready = await progress.step('Starting Muster', () => startServer(server, provided));
  instance.describe({ url: ready.url });
  console.log(summary({ ...ready, postgres, redis }));

  const first = await Promise.race([server, postgres.member, redis.member].filter(Boolean).map(endOf));
  throw new Failure(`${first}; the rest is stopped.`);
}

/** Creates MUSTER_HOME. PostgreSQL's account must get through it to its own folder; what is secret inside is closed itself. */
function openHome() {
  const home = musterHome();
  try {
    mkdirSync(home, { recursive: true, mode: 0o711 });
    accessSync(home, constants.W_OK);
  } catch (error) {
    throw new Failure(`MUSTER_HOME cannot be written: ${error.message}`);
  }
  return home;
}

function claimInstance(home) {
  const instance = instanceLock(home);
  if (instance.take()) return instance;
  const { pid, url } = instance.holder() ?? {};
  const where = url ? `at ${url} (process ${pid})` : `(process ${pid})`;
  throw new Failure(`Muster already runs from ${home} ${where}. Stop it, or choose another MUSTER_HOME and PORT.`);
}

function readSettings() {
  const { readEnv } = createRequire(import.meta.url)(inProject('dist/src/config/env.js'));
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  try {
    return readEnv({ ...STAND_INS, ...given });
  } catch (error) {
    if (error.name === 'InvalidEnvironment') throw new Failure(error.message);
    throw error;
  }
}

/**
 * The server's process, which loads its code while the settings are checked and what it needs comes up, and begins when it is told
 * what was provided for it.
 */
function loadServer(crew) {
  return crew.start('Muster', process.execPath, [inProject('dist/src/main.js'), '--when-told'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    needsOthers: true,
  });
}

/** Tells the server to begin and waits for its message that it is ready. */
async function startServer(server, provided) {
  // A failure to send means that it has ended, which we see below.
  server.child.send(provided, () => {});
  const ready = await Promise.race([readyMessage(server.child), server.ended, timeout(READY_PATIENCE_MS)]);
  if (ready?.type === 'ready') return ready;
  if (ready?.status === 1) throw new Failure(); // it has said why
  throw new Failure(
    `Muster did not get ready: ${ready ? `ended by ${ready.signal ?? `status ${ready.status}`}` : 'no answer'}.`,
  );
}

const readyMessage = (child) =>
  new Promise((resolve) => child.on('message', (message) => message.type === 'ready' && resolve(message)));

const timeout = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());

async function endOf(member) {
  const { status, signal } = await member.ended;
  return `${member.name} ended by itself (${signal ?? `status ${status}`})`;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  report(error);
  process.exit(1);
}
