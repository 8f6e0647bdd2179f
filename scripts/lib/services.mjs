import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canEnter, postgresAccount } from './account.mjs';
import { postgresAnswers, startKeptPostgres, startTemporaryPostgres } from './postgres.mjs';
import { redisAnswers, redisProgram, startKeptRedis, startTemporaryRedis } from './redis.mjs';
import { newSecret } from './secrets.mjs';
import { checkGiven } from './servers.mjs';

/**
 * PostgreSQL and Redis for `npm start`, each the one that the environment names or one of our own, whose data stay under
 * `home`: `{ postgres, redis }`, each `{ url }` and, if it is ours, `version`, `folder` and `member`.
 */
export async function keptServices(crew, progress, { home, secrets }) {
  const { DATABASE_URL, REDIS_URL } = process.env;
  const logs = join(home, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  if (DATABASE_URL) await checkGiven('DATABASE_URL', DATABASE_URL, postgresAnswers);
  if (REDIS_URL) await checkGiven('REDIS_URL', REDIS_URL, redisAnswers);
  const program = REDIS_URL ? undefined : await redisProgram(crew, progress);
  const passwords = { superPassword: secrets.POSTGRES_PASSWORD, password: secrets.DATABASE_PASSWORD };
  const start = () =>
    Promise.all([
      DATABASE_URL ? { url: DATABASE_URL } : startKeptPostgres(crew, { home, logs, ...passwords }),
      REDIS_URL ? { url: REDIS_URL } : startKeptRedis(crew, program, { home, logs, password: secrets.REDIS_PASSWORD }),
    ]);
  const [postgres, redis] = await progress.step('Starting PostgreSQL and Redis', start);
  return { postgres, redis };
}

/** How the names of folders begin that `temporaryFolder` makes. */
export const TEMPORARY = 'muster-services-';

/** PostgreSQL and Redis for one test run, in `folder`: `{ databaseUrl, redisUrl }`, the first one its superuser's. */
export async function temporaryServices(crew, progress, folder) {
  const program = await redisProgram(crew, progress);
  const [postgres, redis] = await Promise.all([
    startTemporaryPostgres(crew, {
      folder: join(folder, 'postgres'),
      log: join(folder, 'postgres.log'),
      password: newSecret(),
    }),
    startTemporaryRedis(crew, program, {
      folder: join(folder, 'redis'),
      log: join(folder, 'redis.log'),
      password: newSecret(),
    }),
  ]);
  return { databaseUrl: postgres.url, redisUrl: redis.url };
}

/** A new folder for `temporaryServices` in a place that PostgreSQL's account may enter. */
export async function temporaryFolder(crew) {
  const account = await postgresAccount(crew);
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find((place) => canEnter(account, place));
  const folder = mkdtempSync(join(parent, TEMPORARY));
  chmodSync(folder, 0o711);
  return folder;
}
