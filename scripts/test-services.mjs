import { rmSync } from 'node:fs';
import { Crew } from './lib/crew.mjs';
import { report } from './lib/failure.mjs';
import { Progress } from './lib/progress.mjs';
import { temporaryFolder, temporaryServices } from './lib/services.mjs';

// PostgreSQL and Redis for one test run. Their addresses go to stdout as one line of JSON; they live as long as stdin is
// open, so they also end, and leave nothing, when the test run is killed.

const crew = new Crew();
const progress = new Progress(process.stderr);
const closed = new Promise((resolve) => process.stdin.on('end', resolve).on('error', resolve).resume());
let folder;

async function serve() {
  folder = await temporaryFolder(crew);
  console.log(JSON.stringify(await temporaryServices(crew, progress, folder)));
  return closed;
}

try {
  await Promise.race([serve(), closed]);
} catch (error) {
  report(error);
  process.exitCode = 1;
} finally {
  await crew.dismiss();
  if (folder) rmSync(folder, { recursive: true, force: true });
}
process.exit();
