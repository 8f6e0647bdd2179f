import { existsSync } from 'node:fs';
import { findMuster } from './demo/muster.mjs';
import { readOptions, USAGE } from './demo/options.mjs';
import { Crew } from './lib/crew.mjs';
import { report } from './lib/failure.mjs';
import { Progress } from './lib/progress.mjs';
import { inProject } from './lib/project.mjs';
import { checkNode, prepare } from './lib/setup.mjs';
import { outliveOutput, toldToStop } from './lib/signals.mjs';

// `npm run demo`: three people sign up, talk, walk and drive recorded tracks and cross fences, through the doors of a
// running Muster; then a table of what was owed and what came. Status 1 if anything is missing or came twice.

/** As a shell reports a program that Ctrl-C ended. */
const BROKEN_OFF = 130;

async function main() {
  outliveOutput();
  const told = toldToStop();
  checkNode();
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (existsSync(inProject('.env'))) process.loadEnvFile(inProject('.env'));
  const crew = new Crew();
  try {
    const muster = await Promise.race([arrange(crew, options), told.then(() => undefined)]);
    return (muster && (await playIn(muster, options, told))) ?? brokenOff();
  } finally {
    await crew.dismiss();
  }
}

/** The Muster to play at, and all that playing needs. */
async function arrange(crew, { url }) {
  const progress = new Progress();
  await prepare(crew, progress, { build: false });
  return findMuster(crew, progress, url);
}

/** The exit status; undefined if told to stop before the end. */
async function playIn(muster, options, told) {
  // Only now: it needs packages, which a fresh clone has not.
  const { play } = await import('./demo/play.mjs');
  return play(muster, options, told);
}

function brokenOff() {
  console.log('Broken off.');
  return BROKEN_OFF;
}

try {
  process.exit(await main());
} catch (error) {
  report(error);
  process.exit(1);
}
