import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * What Jest counted, by its own results: the last line is `N passed, N failed`, and what was skipped stands on one before it. A test file
 * that could not run, or a Jest that left no results, is a failure, too.
 */
export function tally(file) {
  if (!existsSync(file)) return '0 passed, 1 failed';
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  return `${skipped > 0 ? `${skipped} skipped: there is not here what they need, or not the time\n` : ''}${results.numPassedTests} passed, ${failed} failed`;
}

/** Prints the tally, and adds its last line to the file that TALLIES names, for who runs several. */
export function showTally(file) {
  const lines = tally(file);
  console.log(`\n${lines}`);
  if (process.env.TALLIES) appendFileSync(process.env.TALLIES, `${lines.split('\n').at(-1)}\n`);
}
