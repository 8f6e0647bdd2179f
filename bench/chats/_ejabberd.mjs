import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../scripts/lib/ports.mjs';
import { retry } from '../../scripts/lib/waiting.mjs';
import { XmppSocket } from './_xmpp-socket.mjs';

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu/erlang/lib', '/usr/lib/erlang/lib'];
const TABLES = '/usr/share/ejabberd/sql/pg.sql';
const READY_PATIENCE_MS = 60_000;

/** Whether Debian's package is installed, with the one that connects it to PostgreSQL (`erlang-p1-pgsql`). */
export const hasEjabberd = () => existsSync(TABLES) && ebins().some((path) => path.includes('p1_pgsql'));

/** An ejabberd whose rooms are archived in a database of the stage's PostgreSQL: `{ url, pid, stop() }`. */
export async function startEjabberd(stage) {
  const folder = join(stage.folder, 'ejabberd');
  mkdirSync(folder);
  const port = await freePort();
  const database = Object.assign(new URL(stage.databaseUrl), { username: 'postgres' }); // Muster's own user makes no databases
  await createDatabase(database);
  const config = join(folder, 'ejabberd.yml');
  writeFileSync(config, configOf(port, database));
  const spool = join(folder, 'spool');
  mkdirSync(spool);
  const env = {
    ...{ PATH: process.env.PATH, HOME: folder, EJABBERD_CONFIG_PATH: config, SPOOL_DIR: spool },
    ...{ EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'), ERL_CRASH_DUMP: join(folder, 'crash') },
    ERL_LIBS: LIBRARIES.join(':'),
  };
  const paths = ebins().flatMap((path) => ['-pa', path]);
  const args = ['-noinput', '+K', 'true', '+P', '250000', '+Q', '65536', '-mnesia', 'dir', `"${spool}"`, ...paths];
  const member = stage.crew.start('ejabberd', 'erl', [...args, '-s', 'ejabberd'], {
    cwd: folder,
    env,
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  // it listens before it serves
  const first = await retry(() => XmppSocket.open(url, { room: 'first', name: 'first' }), {
    patience: READY_PATIENCE_MS,
  });
  first.close();
  return { url, pid: member.child.pid, stop: () => member.stop() };
}

const ebins = () =>
  LIBRARIES.flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'ebin')) : [],
  ).filter((path) => existsSync(path));

async function createDatabase(url) {
  const run = async (database, sql) => {
    const client = new pg.Client({ connectionString: String(Object.assign(new URL(url), { pathname: database })) });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(url.pathname, 'CREATE DATABASE ejabberd');
  await run('/ejabberd', readFileSync(TABLES, 'utf8'));
}

const configOf = (port, { hostname, port: sqlPort, username, password }) => `
hosts: [localhost]
loglevel: error
listen:
  - {port: ${port}, ip: "127.0.0.1", module: ejabberd_http, backlog: 1024, request_handlers: {/ws: ejabberd_http_ws}}
auth_method: [anonymous]
anonymous_protocol: sasl_anon
allow_multiple_connections: true
websocket_origin: []
sql_type: pgsql
sql_server: "${hostname}"
sql_port: ${sqlPort}
sql_database: ejabberd
sql_username: ${decodeURIComponent(username)}
sql_password: "${decodeURIComponent(password)}"
sql_pool_size: 10
shaper_rules: {c2s_shaper: none, s2s_shaper: none}
acl: {local: {user_regexp: ""}}
access_rules: {local: {allow: all}, c2s: {allow: all}, muc_create: {allow: all}}
modules:
  mod_disco: {}
  mod_muc:
    access: all
    access_create: all
    access_mam: all
    max_user_conferences: 20000
    min_message_interval: 0
    min_presence_interval: 0
    max_users: 20000
    max_users_presence: 0
    history_size: 0
    user_message_shaper: none
    default_room_options: {persistent: false, mam: true, presence_broadcast: [], anonymous: false, members_only: false, max_users: 20000}
  mod_mam: {db_type: sql, default: always, request_activates_archiving: false, assume_mam_usage: true}
`;
