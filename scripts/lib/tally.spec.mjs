import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tally } from './tally.mjs';

const folder = mkdtempSync(join(tmpdir(), 'muster-tally-'));
afterAll(() => rmSync(folder, { recursive: true }));

const counted = (counts) => {
  const file = join(folder, 'results.json');
  const none = {
    numPassedTests: 0,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  };
  writeFileSync(file, JSON.stringify({ ...none, ...counts }));
  return tally(file).split('\n');
};

test('the last line is what passed and what failed, and nothing else', () => {
  expect(counted({ numPassedTests: 7 })).toEqual(['7 passed, 0 failed']);
  expect(counted({ numPassedTests: 7, numPendingTests: 2, numTodoTests: 1 })).toEqual([
    expect.stringMatching(/^3 skipped/),
    '7 passed, 0 failed',
  ]);
});

test('a file that could not run and results that are not there are failures', () => {
  expect(counted({ numFailedTests: 1, numRuntimeErrorTestSuites: 1 })).toEqual(['0 passed, 2 failed']);
  expect(tally(join(folder, 'none'))).toBe('0 passed, 1 failed');
});
