import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { canEnter, isRoot, postgresAccount } from './account.mjs';
import { Failure } from './failure.mjs';
import { LOOPBACK } from './ports.mjs';
import { postgresPrograms } from './postgres-programs.mjs';
import { startServer } from './servers.mjs';

const SUPERUSER = 'postgres';
const INITDB_TIMEOUT_MS = 120_000;
/** After a crash PostgreSQL first replays its log. */
const START_PATIENCE_MS = 180_000;
const STOP_PATIENCE_MS = 30_000;

/** Where data go that would lie in a folder that PostgreSQL's account may not enter. */
const SYSTEM_STATE = '/var/lib/muster';

/** For data that die with the run. */
const CARELESS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'autovacuum=off',
];

/**
 * Starts the PostgreSQL of this Muster: its data stay in `<home>/postgres`, and it has a database and an ordinary role
 * `muster`. Gives `{ url, version, folder, member }`, the url being that of the role.
 */
export async function startKeptPostgres(crew, { home, logs, superPassword, password }) {
  const { account, folder } = await keptFolder(crew, join(home, 'postgres'));
  const server = await startCluster(crew, {
    account,
    folder,
    log: join(logs, 'postgres.log'),
    password: superPassword,
  });
  await ensureDatabase(server.url, 'muster', password);
  const url = new URL(server.url);
  Object.assign(url, { username: 'muster', password, pathname: '/muster' });
  return { ...server, url: url.href };
}

/** Starts a PostgreSQL for one test run in `folder`, without care for crashes: `{ url }` is that of its superuser. */
export async function startTemporaryPostgres(crew, { folder, log, password }) {
  const account = await postgresAccount(crew);
  mkdirSync(folder, { mode: 0o700 });
  give(folder, account);
  return startCluster(crew, { account, folder, log, password, settings: CARELESS });
}

/** Rejects unless the server behind the URL lets us in. */
export const postgresAnswers = (url) => query(url, 'SELECT 1');

/**
 * The folder for data that stay, and the account that owns it. Where the account may not enter the wanted path, a folder
 * of the system takes its place, and the path becomes a link to it: the link remembers where the data are.
 */
async function keptFolder(crew, path) {
  if (lstatSync(path, { throwIfNoEntry: false })) {
    if (!existsSync(path)) throw new Failure(`The database's folder is gone: ${path} points to nothing.`);
    const folder = realpathSync(path);
    const { uid, gid } = statSync(folder);
    const account = isRoot ? { uid, gid } : {};
    if (!canEnter(account, folder))
      throw new Failure(`The database's folder ${folder} cannot be entered by its owner.`);
    return { account, folder };
  }
  const account = await postgresAccount(crew);
  mkdirSync(path, { mode: 0o700 });
  give(path, account);
  if (canEnter(account, path)) return { account, folder: path };
  rmdirSync(path);
  mkdirSync(SYSTEM_STATE, { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(SYSTEM_STATE, `${basename(dirname(dirname(path)))}-`));
  give(folder, account);
  symlinkSync(folder, path);
  return { account, folder };
}

async function startCluster(crew, { account, folder, log, password, settings = [] }) {
  const data = join(folder, 'data');
  const versionFile = join(data, 'PG_VERSION');
  const major = existsSync(versionFile) ? parseInt(readFileSync(versionFile, 'utf8')) : undefined;
  const { bin, version } = await postgresPrograms(crew, { account, folder, major });
  if (!major) await createCluster(crew, { account, bin, version, data, password });
  const urlAt = (port) => `postgresql://${SUPERUSER}:${password}@${LOOPBACK}:${port}/postgres`;
  const { port, member } = await startServer({
    name: 'PostgreSQL',
    log,
    patience: START_PATIENCE_MS,
    start: (port, output) => run(crew, { account, bin, data, port, output, settings }),
    answers: (port) => postgresAnswers(urlAt(port)),
  });
  return { url: urlAt(port), version, folder, member };
}

/** Creates the cluster beside its place and moves it there when it is complete: an interrupted start leaves none. */
async function createCluster(crew, { account, bin, version, data, password }) {
  const draft = `${data}.new`;
  const passwordFile = `${data}.password`;
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  give(passwordFile, account);
  const args = ['-D', draft, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  const locale =
    parseInt(version) >= 17
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--locale=C.UTF-8'];
  const { status, output } = await crew.run('initdb', join(bin, 'initdb'), [...args, ...locale], {
    ...account,
    cwd: '/',
    timeout: INITDB_TIMEOUT_MS,
  });
  rmSync(passwordFile);
  if (status !== 0) throw new Failure(`PostgreSQL's initdb failed.\n${output.trim()}`);
  renameSync(draft, data);
}

function run(crew, { account, bin, data, port, output, settings }) {
  const all = [
    `listen_addresses=${LOOPBACK}`,
    // No socket file: its usual folders are not ours to write in, and a path under the project may be too long for one.
    'unix_socket_directories=',
    'timezone=UTC',
    'log_checkpoints=off',
    ...settings,
  ];
  const args = ['-D', data, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])];
  // SIGINT: end sessions and stop in order; SIGQUIT: stop at once and recover at the next start.
  const stopping = { stopSignals: ['SIGINT', 'SIGQUIT'], patience: STOP_PATIENCE_MS };
  const options = { ...account, ...stopping, cwd: data, stdio: ['ignore', output, output] };
  return crew.start('PostgreSQL', join(bin, 'postgres'), args, options);
}

/** The database `name`, owned by a role of the same name, as which extensions that are marked trusted can be created. */
async function ensureDatabase(url, name, password) {
  const [role] = await query(url, `SELECT FROM pg_roles WHERE rolname = '${name}'`);
  if (!role) await query(url, `CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
  const [database] = await query(url, `SELECT FROM pg_database WHERE datname = '${name}'`);
  if (!database) await query(url, `CREATE DATABASE ${name} OWNER ${name}`);
}

/** The rows of a statement, by a connection of its own. */
export async function query(url, sql) {
  const { Client } = (await import('pg')).default;
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection that breaks later reports it here, too; without a listener that would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

function give(path, { uid, gid }) {
  if (uid !== undefined) chownSync(path, uid, gid);
}
