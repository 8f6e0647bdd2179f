import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { Crew } from './lib/crew.mjs';
import { haproxyProgram, startCluster } from './lib/cluster.mjs';
import { report } from './lib/failure.mjs';
import { Progress } from './lib/progress.mjs';
import { inProject, ROOT } from './lib/project.mjs';
import { temporaryFolder, temporaryServices } from './lib/services.mjs';
import { checkNode, prepare } from './lib/setup.mjs';
import { outliveOutput, toldToStop } from './lib/signals.mjs';
import { showTally } from './lib/tally.mjs';

// `node scripts/cluster.mjs`: two nodes and a worker behind a proxy, on a PostgreSQL and a Redis of their own, until Ctrl-C.
// `npm run test:cluster [-- arguments of Jest]` is `node scripts/cluster.mjs --test`: the tests of `test/cluster/` against them,
// then the demo. Without HAProxy, and without root on Debian to install it, these are left out, unless TEST_CLUSTER=required.

const TEST_TIMEOUT_MS = 5 * 60_000;
const NO_PROXY = `HAProxy is not installed (Debian, Ubuntu: sudo apt-get install haproxy)`;

async function main(isTest) {
  outliveOutput();
  const told = toldToStop();
  const crew = new Crew();
  const progress = new Progress();
  let folder;
  try {
    const haproxy = await haproxyProgram(crew, progress).catch(report);
    if (!haproxy) return without(isTest);
    folder = await temporaryFolder(crew);
    const work = play(crew, progress, { folder, haproxy, isTest });
    const status = await Promise.race([work, told]);
    return typeof status === 'string' ? 128 + constants.signals[status] : status;
  } finally {
    await crew.dismiss();
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

function without(isTest) {
  const mayBeLeftOut = isTest && process.env.TEST_CLUSTER !== 'required';
  console.error(mayBeLeftOut ? `${NO_PROXY}: the tests of several nodes are left out.` : `${NO_PROXY}.`);
  return mayBeLeftOut ? 0 : 1;
}

async function play(crew, progress, { folder, haproxy, isTest }) {
  await prepare(crew, progress, { build: true });
  const services = await temporaryServices(crew, progress, folder);
  const cluster = await progress.step('Starting two nodes, a worker and the proxy', () =>
    startCluster(crew, { folder, haproxy, ...services }),
  );
  if (isTest) return (await test(crew, cluster, services, folder)) || demonstrate(crew, progress, cluster);
  console.log(`\n${cluster.url}, its nodes ${cluster.nodes.map(({ url }) => url).join(' and ')}. Ctrl-C ends it all.`);
  console.log(`Who is there: ${cluster.file}; logs beside it.`);
  return new Promise(() => undefined);
}

async function test(crew, { file }, { databaseUrl, redisUrl }, folder) {
  const results = join(folder, 'results.json');
  const env = {
    ...process.env,
    NODE_ENV: 'test',
    CLUSTER: file,
    TEST_DATABASE_URL: databaseUrl,
    TEST_REDIS_URL: redisUrl,
  };
  const jest = inProject('node_modules/jest/bin/jest.js');
  const args = [
    jest,
    '--runInBand',
    '--forceExit',
    '--testMatch',
    '**/test/cluster/*.cluster.ts',
    '--json',
    `--outputFile=${results}`,
    ...process.argv.slice(3),
  ];
  const options = { cwd: ROOT, env, stdio: 'inherit', timeout: TEST_TIMEOUT_MS };
  const { status } = await crew.run('Jest', process.execPath, args, options);
  showTally(results);
  return status;
}

/** The demo, through the proxy; what it says only if it fails. */
async function demonstrate(crew, progress, { url }) {
  const args = [inProject('scripts/demo.mjs'), '--url', url, '--speed', '300'];
  const options = { cwd: ROOT, timeout: TEST_TIMEOUT_MS };
  const { status, output } = await progress.step('Playing the demo', () =>
    crew.run('the demo', process.execPath, args, options),
  );
  if (status !== 0) console.error(output);
  return status;
}

try {
  checkNode();
  process.exit(await main(process.argv[2] === '--test'));
} catch (error) {
  report(error);
  process.exit(1);
}
