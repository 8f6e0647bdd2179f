import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../scripts/lib/migrations.mjs';
import { LOOPBACK, freePort } from '../../scripts/lib/ports.mjs';
import { startKeptPostgres } from '../../scripts/lib/postgres.mjs';
import { inProject, ROOT } from '../../scripts/lib/project.mjs';
import { redisAnswers, redisProgram } from '../../scripts/lib/redis.mjs';
import { newSecret } from '../../scripts/lib/secrets.mjs';
import { retry } from '../../scripts/lib/waiting.mjs';

const PATIENCE_MS = 60_000;

/** A PostgreSQL, a Redis and two nodes of Muster, all our own, and what may happen to them. Every one comes back on its port. */
export class World {
  nodes = [];
  #crew;
  #folder;
  #env;
  #redis;

  static async build(crew, progress, folder) {
    const world = new World();
    world.#crew = crew;
    world.#folder = folder;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const secret = newSecret();
    const kept = { home: folder, logs: join(folder, 'logs'), superPassword: secret, password: secret };
    const postgres = await startKeptPostgres(crew, kept);
    world.#redis = { program: await redisProgram(crew, progress), port: await freePort() };
    await world.#startRedis();
    world.#env = {
      PATH: process.env.PATH,
      ENVIRONMENT: 'test',
      LOG_LEVEL: 'warn',
      ROLES: 'api,worker',
      DATABASE_URL: postgres.url,
      DATABASE_POOL_SIZE: '6',
      REDIS_URL: world.#redis.url,
      MUSTER_HOME: folder,
      JWT_SECRET_KEY: secret,
      BCRYPT_COST: '4',
      RATE_LIMIT_DISABLED: 'true',
    };
    world.databaseUrl = postgres.url;
    await migrate(crew, world.#env);
    world.nodes = [{ port: await freePort() }, { port: await freePort() }];
    await Promise.all(world.nodes.map((node) => world.startNode(node)));
    return world;
  }

  get urls() {
    return this.nodes.map(({ port }) => `http://${LOOPBACK}:${port}`);
  }

  async startNode(node) {
    const log = openSync(join(this.#folder, 'logs', `muster-${node.port}.log`), 'a');
    node.member = this.#crew.start('Muster', process.execPath, [inProject('dist/src/main.js')], {
      cwd: ROOT,
      env: { ...this.#env, PORT: String(node.port) },
      stdio: ['ignore', log, log, 'ipc'],
    });
    const ready = once(node.member.child, 'message');
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
    await Promise.race([ready, node.member.ended, late]);
    if (!node.member.running) throw new Error('a node of Muster did not start');
  }

  async killNode(index) {
    const node = this.nodes[index];
    node.member.child.kill('SIGKILL');
    await node.member.ended;
    await this.startNode(node);
  }

  /** It comes back with nothing of what it knew. */
  async emptyRedis() {
    this.#redis.member.child.kill('SIGKILL');
    await this.#redis.member.ended;
    await this.#startRedis();
  }

  /** One of its processes is killed: the server ends all sessions, replays its log and serves again. */
  async crashPostgres() {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    process.kill(rows[0].pid, 'SIGKILL');
    await client.end().catch(() => undefined);
    await retry(() => this.query('SELECT 1'), { patience: PATIENCE_MS });
  }

  query(sql, parameters) {
    return ask(this.databaseUrl, sql, parameters);
  }

  async #startRedis() {
    const { program, port } = this.#redis;
    const log = openSync(join(this.#folder, 'logs', 'redis.log'), 'a');
    const settings = ['--bind', LOOPBACK, '--port', String(port), '--save', '', '--appendonly', 'no'];
    this.#redis.member = this.#crew.start('Redis', program, settings, { stdio: ['ignore', log, log] });
    this.#redis.url = `redis://${LOOPBACK}:${port}`;
    await retry(() => redisAnswers(this.#redis.url), { patience: PATIENCE_MS });
  }
}

/** The rows of a statement, on a connection of its own. */
export async function ask(databaseUrl, sql, parameters) {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query(sql, parameters)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
