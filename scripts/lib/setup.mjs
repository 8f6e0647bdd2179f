import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { Lock } from './lock.mjs';
import { inProject, ROOT } from './project.mjs';
import { until } from './waiting.mjs';

const MINUTE_MS = 60_000;
const INSTALL_TIMEOUT_MS = 15 * MINUTE_MS;
const BUILD_TIMEOUT_MS = 5 * MINUTE_MS;
/** npm would undo a broken-off installation at leisure; the next one begins anew anyway. */
const NPM_STOP_PATIENCE_MS = 2_000;

/** What the compiled code depends on. */
const BUILD_SOURCES = ['src', 'migrations', '.swcrc', 'nest-cli.json', 'tsconfig.json', 'package-lock.json'];
const BUILD_STAMP = inProject('dist', '.built-from');

/** Settings of npm that would keep it from installing what the commands need. */
const HINDERING = /^npm_config_(omit|only|production|include|dry_run|package_lock|engine_strict)$/i;

/** Throws `Failure` unless this Node can run the project. */
export function checkNode() {
  const { engines } = JSON.parse(readFileSync(inProject('package.json'), 'utf8'));
  const [major, minor] = engines.node.match(/\d+/g).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor < major || (ownMajor === major && ownMinor < minor))
    throw new Failure(`Muster needs Node ${engines.node}; this is ${process.version}.`);
}

/** Installs the packages and, if asked, builds; each only if its sources changed, and never beside another command. */
export async function prepare(crew, progress, { build }) {
  const ready = () => packagesAreCurrent() && (!build || buildIsCurrent());
  if (ready()) return;
  await locked(progress, async (lock) => {
    if (!packagesAreCurrent()) await progress.step('Installing the packages', () => install(crew, lock));
    if (build && !buildIsCurrent()) await progress.step('Building', () => compile(crew, lock));
  });
}

/** Runs one of the project's npm scripts, or another npm command: `{ status, output }`. */
export function npm(crew, args, { env: more, ...options } = {}) {
  const { npm_execpath: cli = '' } = process.env;
  const [command, ...prefix] = cli.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
  const kept = Object.entries(process.env).filter(([name]) => !HINDERING.test(name));
  const env = { ...Object.fromEntries(kept), NODE_ENV: 'development', ...more };
  return crew.run(`npm ${args[0]}`, command, [...prefix, ...args], {
    cwd: ROOT,
    env,
    patience: NPM_STOP_PATIENCE_MS,
    ...options,
  });
}

/** Whether npm's own note of what it installed says the same as the lock file; an interrupted installation has none. */
function packagesAreCurrent() {
  const wanted = packagesIn('package-lock.json');
  const present = packagesIn('node_modules/.package-lock.json');
  delete wanted['']; // the project itself
  const same = (path) =>
    wanted[path].version === present[path].version && wanted[path].integrity === present[path].integrity;
  return (
    Object.keys(wanted).every((path) => (path in present ? same(path) : wanted[path].optional)) &&
    Object.keys(present).every((path) => path in wanted)
  );
}

function packagesIn(lockFile) {
  const file = inProject(lockFile);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {};
}

async function install(crew, lock) {
  // npm would empty the folder behind the link, under whoever else works with it.
  if (lstatSync(inProject('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Failure('node_modules is a link, and what it leads to is not what package-lock.json asks for.');
  // Some packages ask for a newer Node than they need, so strict engines would refuse them.
  const args = ['ci', '--include=dev', '--engine-strict=false', '--no-audit', '--no-fund', '--loglevel=error'];
  const onStart = (pid) => lock.share(pid);
  const { status, output } = await npm(crew, args, { timeout: INSTALL_TIMEOUT_MS, onStart });
  if (status !== 0) throw new Failure(`The packages could not be installed: npm ci failed.\n${output.trim()}`);
}

const buildIsCurrent = () => existsSync(BUILD_STAMP) && readFileSync(BUILD_STAMP, 'utf8') === buildHash();

async function compile(crew, lock) {
  const hash = buildHash();
  const nest = inProject('node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const options = { cwd: ROOT, timeout: BUILD_TIMEOUT_MS, onStart: (pid) => lock.share(pid) };
  const { status, output } = await crew.run('nest build', process.execPath, [nest, 'build'], options);
  if (status !== 0) throw new Failure(`The build failed.\n${output.trim()}`);
  writeFileSync(BUILD_STAMP, hash);
}

function buildHash() {
  const hash = createHash('sha256');
  for (const file of BUILD_SOURCES.flatMap(filesUnder)) hash.update(`${file}\0`).update(readFileSync(inProject(file)));
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!statSync(inProject(path)).isDirectory()) return [path];
  const names = readdirSync(inProject(path)).sort();
  return names.flatMap((name) => filesUnder(join(path, name)));
}

async function locked(progress, work) {
  const lock = new Lock(inProject('.setup.lock'));
  if (!lock.take()) {
    const label = `Waiting for another installation here (process ${lock.holder()?.pid})`;
    const taken = await progress.step(label, () => until(() => lock.take(), INSTALL_TIMEOUT_MS));
    if (!taken) throw new Failure(`Another installation in ${ROOT} does not end: process ${lock.holder()?.pid}.`);
  }
  try {
    return await work(lock);
  } finally {
    lock.release();
  }
}
