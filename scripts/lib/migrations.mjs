import { createRequire } from 'node:module';
import { Failure } from './failure.mjs';
import { query } from './postgres.mjs';
import { inProject, ROOT } from './project.mjs';

const PATIENCE_MS = 30 * 60_000;

/** Whether the database has had all the migrations, those that were built; one that does not say so has not. */
export async function isMigrated(url, migrations = built()) {
  const rows = await query(url, 'SELECT name FROM migrations').catch(() => []);
  const had = new Set(rows.map(({ name }) => name));
  return migrations.every(({ name }) => had.has(name));
}

const built = () => createRequire(import.meta.url)(inProject('dist/migrations/index.js')).migrations;

/** Brings the database of `env.DATABASE_URL` up to date. */
export async function migrate(crew, env) {
  const options = { cwd: ROOT, env, timeout: PATIENCE_MS };
  const { status, output } = await crew.run('migrate', process.execPath, [inProject('dist/src/migrate.js')], options);
  if (status !== 0) throw new Failure(output.trim());
}
