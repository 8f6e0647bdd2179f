import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Crew } from './lib/crew.mjs';
import { report } from './lib/failure.mjs';
import { roomyMemory } from './lib/memory.mjs';
import { programOf } from './lib/programs.mjs';
import { Progress } from './lib/progress.mjs';
import { inProject, ROOT } from './lib/project.mjs';
import { TEMPORARY } from './lib/services.mjs';
import { checkNode, npm, prepare } from './lib/setup.mjs';
import { outliveOutput, toldToStop } from './lib/signals.mjs';
import { showTally } from './lib/tally.mjs';
import { until } from './lib/waiting.mjs';

// `npm test`: checks and tests in a bare clone, in CI the long ones with them; `npm test <arguments of Jest>`: only Jest with them.

const CHECKS = ['check:format', 'check:lint'];
/** Tests of broken parts, of hostile input, and of much at once, which have the most to ask. */
const LONG = 'test/(faults|hostile|races)/';
/** Tests of films need it; a machine of one's own is left as it is. */
const FFMPEG = { name: 'ffmpeg', programs: ['ffmpeg'], debian: 'ffmpeg' };
/**
 * Jest's processes make much that is soon forgotten: with more room for it they look it through less often. Threads that helped with it
 * would take the processor from the other worker.
 */
const ROOMY = ['--max-semi-space-size=32', '--single-threaded-gc'];
/** The checker of types, a program in Go, needs some 2 GB: below 3 it does not look for what it could give back. */
const ROOMY_CHECKS = { GOGC: 'off', GOMEMLIMIT: '3GiB' };
const TIMEOUT_MS = 60 * 60_000;
const SERVICES_PATIENCE_MS = 60_000;

/** Gives the status to exit with. Nothing that it started or created is left then. */
async function main(jestArguments) {
  outliveOutput();
  const told = toldToStop();
  const folder = mkdtempSync(join(process.env.TMPDIR ?? roomyMemory() ?? tmpdir(), 'muster-test-'));
  // PostgreSQL's account passes through it.
  chmodSync(folder, 0o711);
  const results = join(folder, 'results.json');
  const crew = new Crew();
  const work = jestArguments.length > 0 ? jestOnly(crew, folder, jestArguments) : everything(crew, folder, results);
  try {
    const passed = await Promise.race([work, told]);
    if (typeof passed === 'string') return 128 + constants.signals[passed];
    if (jestArguments.length === 0) showTally(results);
    return passed ? 0 : 1;
  } finally {
    await crew.dismiss();
    // Test services outlive Jest for the moment that they need to clean up.
    await until(() => !readdirSync(folder).some((name) => name.startsWith(TEMPORARY)), SERVICES_PATIENCE_MS);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function jestOnly(crew, folder, jestArguments) {
  await prepare(crew, new Progress(), { build: false });
  return jest(crew, folder, jestArguments);
}

/** Tells whether the checks and all tests passed. Tests wait a lot: meanwhile the checks get on. */
async function everything(crew, folder, results) {
  const progress = new Progress();
  await prepare(crew, progress, { build: false });
  if (process.env.CI) await programOf(crew, progress, FFMPEG).catch(report);
  const checks = check(crew);
  const leftOut = process.env.CI ? [] : [`--testPathIgnorePatterns=${LONG}`];
  const tests = jest(crew, folder, ['--json', `--outputFile=${results}`, ...leftOut]).then(async (passed) => {
    await progress.step('Checking format, lint and types', () => checks);
    return passed;
  });
  const [passed, faults] = await Promise.all([tests, checks]);
  for (const fault of faults) console.error(fault);
  return passed && faults.length === 0;
}

/** Runs all checks, which leave the processor to the tests; gives what they found. */
async function check(crew) {
  const options = {
    env: ROOMY_CHECKS,
    timeout: TIMEOUT_MS,
    onStart: (pid) => setPriority(pid, constants.priority.PRIORITY_LOW),
  };
  const faults = await Promise.all(
    CHECKS.map(async (name) => {
      const { status, output } = await npm(crew, ['run', '--silent', name], options);
      return status === 0 ? [] : [`npm run ${name} failed:\n${output.trim()}\n`];
    }),
  );
  return faults.flat();
}

/** Runs Jest, whose temporary files all go to `folder`; tells whether all tests passed. */
async function jest(crew, folder, args) {
  const program = [...ROOMY, inProject('node_modules/jest/bin/jest.js')];
  const { status } = await crew.run('Jest', process.execPath, [...program, ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'test', TMPDIR: folder },
    stdio: 'inherit',
    timeout: TIMEOUT_MS,
  });
  return status === 0;
}

try {
  checkNode();
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  report(error);
  process.exit(1);
}
