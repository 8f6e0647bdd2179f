import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Crew } from './lib/crew.mjs';
import { report } from './lib/failure.mjs';
import { Progress } from './lib/progress.mjs';
import { inProject, ROOT } from './lib/project.mjs';
import { checkNode, prepare } from './lib/setup.mjs';
import { outliveOutput, toldToStop } from './lib/signals.mjs';
import { checkSwift, startSwift } from './lib/swift.mjs';

// `npm run test:s3`: what `npm test` runs against s3rver, which believes every signature, against OpenStack Swift, which checks
// them; and what only such a server can show.

const TESTS = ['**/test/s3/*.s3.ts', '**/test/core/storage.test.ts', '**/test/features/uploads.test.ts'];
const TIMEOUT_MS = 20 * 60_000;
/** Swift takes its time, above all when the machine has other work. */
const TEST_TIMEOUT_MS = 120_000;

async function main() {
  checkSwift();
  outliveOutput();
  const told = toldToStop();
  const folder = mkdtempSync(join(tmpdir(), 'muster-swift-'));
  const crew = new Crew();
  try {
    const status = await Promise.race([test(crew, folder), told]);
    return typeof status === 'string' ? 128 + constants.signals[status] : status;
  } finally {
    await crew.dismiss();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function test(crew, folder) {
  const progress = new Progress();
  await prepare(crew, progress, { build: false });
  const swift = await progress.step('Starting OpenStack Swift', () => startSwift(crew, folder));
  const env = {
    ...process.env,
    NODE_ENV: 'test',
    TEST_S3_ENDPOINT: swift.endpoint,
    TEST_S3_ACCESS_KEY_ID: swift.accessKeyId,
    TEST_S3_SECRET_ACCESS_KEY: swift.secretAccessKey,
  };
  const args = [
    inProject('node_modules/jest/bin/jest.js'),
    '--testTimeout',
    String(TEST_TIMEOUT_MS),
    '--testMatch',
    ...TESTS,
  ];
  return (await crew.run('Jest', process.execPath, args, { cwd: ROOT, env, stdio: 'inherit', timeout: TIMEOUT_MS }))
    .status;
}

try {
  checkNode();
  process.exit(await main());
} catch (error) {
  report(error);
  process.exit(1);
}
