import { once } from 'node:events';
import { openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { migrate } from './migrations.mjs';
import { LOOPBACK, freePort } from './ports.mjs';
import { programOf } from './programs.mjs';
import { inProject, ROOT } from './project.mjs';
import { newSecret } from './secrets.mjs';
import { startServer } from './servers.mjs';

const NODES = 2;
const READY_PATIENCE_MS = 60_000;
const DOOR_PATIENCE_MS = 30_000;

/** The path of HAProxy, installed for root on Debian or Ubuntu; undefined where there is none. */
export const haproxyProgram = (crew, progress) =>
  programOf(crew, progress, { name: 'HAProxy', programs: ['haproxy'], debian: 'haproxy' });

/**
 * Two `api` nodes and a `worker`, each a process, behind the proxy of `deploy/haproxy.cfg`. A process that ends, on demand or not,
 * comes back at its port, as those of a cluster do. `cluster.json` in `folder` says at any time who is there:
 * `{ url, databaseUrl, nodes: [{ url, pid }], worker: { url, pid } }`.
 */
export async function startCluster(crew, { folder, haproxy, databaseUrl, redisUrl }) {
  const env = {
    PATH: process.env.PATH,
    ENVIRONMENT: 'test',
    LOG_LEVEL: 'warn',
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '8',
    REDIS_URL: redisUrl,
    MUSTER_HOME: folder,
    DRAIN_SECONDS: '5',
    JWT_SECRET_KEY: newSecret(),
    BCRYPT_COST: '4',
    PUSH_BURST_MS: '0',
    RATE_LIMIT_DISABLED: 'true',
    TRUSTED_PROXIES: LOOPBACK,
  };
  await migrate(crew, env);

  const cluster = { databaseUrl, nodes: [] };
  const file = join(folder, 'cluster.json');
  const note = () => {
    writeFileSync(`${file}.new`, JSON.stringify(cluster));
    renameSync(`${file}.new`, file);
  };
  const keep = async (name, roles) => {
    const port = await freePort();
    const place = { url: `http://${LOOPBACK}:${port}`, pid: 0 };
    const log = openSync(join(folder, `${name}.log`), 'a');
    const options = {
      cwd: ROOT,
      env: { ...env, ROLES: roles, PORT: String(port) },
      stdio: ['ignore', log, log, 'ipc'],
      stopSignals: [], // at the end there is nothing to save
    };
    const start = async () => {
      const member = crew.start(name, process.execPath, [inProject('dist/src/main.js')], options);
      const late = new Promise((resolve) => setTimeout(resolve, READY_PATIENCE_MS).unref());
      await Promise.race([once(member.child, 'message'), member.ended, late]);
      if (!member.running) throw new Failure(`${name} did not start; its log is ${join(folder, `${name}.log`)}`);
      place.pid = member.child.pid;
      note();
      // Whoever dismisses the crew wants no successor: then `start` refuses.
      void member.ended.then(start).catch(() => undefined);
    };
    await start();
    return place;
  };
  cluster.nodes = await Promise.all(Array.from({ length: NODES }, (_, index) => keep(`api-${index + 1}`, 'api')));
  cluster.worker = await keep('worker', 'worker');
  cluster.url = await startDoor(crew, { folder, haproxy, nodes: cluster.nodes });
  note();
  return { ...cluster, file };
}

/** The proxy of the composition, changed only in where it listens and where the nodes are; its address. */
async function startDoor(crew, { folder, haproxy, nodes }) {
  const file = join(folder, 'haproxy.cfg');
  const servers = nodes.map(({ url }, index) => `  server api-${index + 1} ${new URL(url).host}`).join('\n');
  const configAt = (port) =>
    readFileSync(inProject('deploy/haproxy.cfg'), 'utf8')
      .replace('bind :8080', `bind ${LOOPBACK}:${port}`)
      .replaceAll('maxconn 20000', 'maxconn 2000') // as many files as a process may open everywhere
      .replace(/^ {2}server-template .*$/m, servers);
  const { port } = await startServer({
    name: 'HAProxy',
    log: join(folder, 'haproxy.log'),
    patience: DOOR_PATIENCE_MS,
    start: (port, output) => {
      writeFileSync(file, configAt(port));
      return crew.start('HAProxy', haproxy, ['-db', '-f', file], { stdio: ['ignore', output, output] });
    },
    answers: async (port) => {
      const { status } = await fetch(`http://${LOOPBACK}:${port}/health/ready`);
      if (status !== 200) throw new Error(`status ${status}`);
    },
  });
  return `http://${LOOPBACK}:${port}`;
}
