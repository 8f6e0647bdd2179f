import { mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Crew } from '../../scripts/lib/crew.mjs';
import { Failure } from '../../scripts/lib/failure.mjs';
import { migrate } from '../../scripts/lib/migrations.mjs';
import { freePort } from '../../scripts/lib/ports.mjs';
import { Progress } from '../../scripts/lib/progress.mjs';
import { inProject, ROOT } from '../../scripts/lib/project.mjs';
import { newSecret } from '../../scripts/lib/secrets.mjs';
import { keptServices, temporaryFolder } from '../../scripts/lib/services.mjs';
import { prepare } from '../../scripts/lib/setup.mjs';

const PROFILER = process.env.PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.PROFILE}`] : [];
const READY_PATIENCE_MS = 180_000;

/**
 * What a bench plays on: a PostgreSQL and a Redis of its own, durable as those of `npm start`, and servers beside it, each a
 * process of its own. All of it ends, and its data go, when the work is done, failed, or broken off by `crew.dismiss()`.
 */
export class Stage {
  #env;

  constructor(crew, folder, env, { postgresPid, redisPid }) {
    this.crew = crew;
    /** For what belongs to a run and goes with it. */
    this.folder = folder;
    this.#env = env;
    this.postgresPid = postgresPid;
    this.redisPid = redisPid;
  }

  static async build(crew, progress = new Progress(process.stderr)) {
    await prepare(crew, progress, { build: true });
    for (const name of ['DATABASE_URL', 'REDIS_URL']) delete process.env[name]; // never those of somebody's Muster
    const folder = await temporaryFolder(crew);
    const secret = newSecret();
    const secrets = { POSTGRES_PASSWORD: secret, DATABASE_PASSWORD: secret, REDIS_PASSWORD: secret };
    const { postgres, redis } = await keptServices(crew, progress, { home: folder, secrets });
    const env = {
      PATH: process.env.PATH,
      ENVIRONMENT: 'test',
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      MUSTER_HOME: folder,
      JWT_SECRET_KEY: secret,
      RATE_LIMIT_DISABLED: 'true',
    };
    const [postgresPid, redisPid] = [postgres, redis].map(({ member }) => member.child.pid);
    const stage = new Stage(crew, folder, env, { postgresPid, redisPid });
    await migrate(crew, env);
    return stage;
  }

  /** What servers are started with. */
  get env() {
    return { ...this.#env };
  }

  get databaseUrl() {
    return this.#env.DATABASE_URL;
  }

  get redisUrl() {
    return this.#env.REDIS_URL;
  }

  /** A built Muster on a free port, its log in a file: `{ url, pid, stop() }`. `env` is on top of the stage's own. */
  async startMuster({ roles = ['api'], env = {}, ...options } = {}) {
    const server = await this.start('Muster', inProject('dist/src/main.js'), {
      env: { ROLES: roles.join(','), PORT: String(await freePort()), ...env },
      ...options,
    });
    return { ...server, url: server.url.replace('[::1]', '127.0.0.1') };
  }

  /**
   * Another program, which sends `{ type: 'ready', url }` to its parent when it serves: `{ url, pid, stop() }`. One that is `profiled`
   * writes a CPU profile to the folder PROFILE, if there is one, when it is stopped.
   */
  async start(name, file, { env = {}, nodeArgs = [], profiled = false } = {}) {
    mkdirSync(join(this.folder, 'logs'), { recursive: true });
    const log = openSync(join(this.folder, 'logs', `${name}-${Date.now()}.log`), 'w');
    const member = this.crew.start(name, process.execPath, [...(profiled ? PROFILER : []), ...nodeArgs, file], {
      cwd: ROOT,
      env: { ...this.#env, ...env },
      stdio: ['ignore', log, 'inherit', 'ipc'],
    });
    const ready = new Promise((resolve) => member.child.on('message', resolve));
    const late = new Promise((resolve) => setTimeout(resolve, READY_PATIENCE_MS).unref());
    const message = await Promise.race([ready, member.ended, late]);
    if (message?.type !== 'ready') throw new Failure(`${name} did not get ready.`);
    return { url: message.url, pid: member.child.pid, stop: () => member.stop() };
  }

  /** Runs a program to its end on the stage's services: `{ status, output }`. */
  run(name, file, args = [], env = {}) {
    return this.crew.run(name, process.execPath, [file, ...args], { cwd: ROOT, env: { ...this.#env, ...env } });
  }

  /** Of the services that it plays on. */
  async versions() {
    const db = new pg.Client({ connectionString: this.databaseUrl });
    const redis = new Redis(this.redisUrl);
    try {
      await db.connect();
      const { rows } = await db.query('SHOW server_version');
      const [, version] = /redis_version:(\S+)/.exec(await redis.info('server'));
      return { PostgreSQL: rows[0].server_version, Redis: version };
    } finally {
      redis.disconnect();
      await db.end();
    }
  }

  clear() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `work(stage)`, and leaves nothing behind. */
export async function onStage(work) {
  const crew = new Crew();
  let stage;
  const leave = () => void crew.dismiss().then(() => process.exit(130));
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    stage = await Stage.build(crew);
    return await work(stage);
  } finally {
    await crew.dismiss();
    stage?.clear();
  }
}
