import { table } from './screen.mjs';
import { percentile } from './tally.mjs';

const FAULTS_SHOWN = 20;

/** The tallies as a table, `-` where there is nothing to tell. */
export function tallyTable(tallies) {
  const head = ['', 'sent', 'expected', 'seen', 'missing', 'doubled', 'p50', 'p99'];
  const rows = tallies.map((tally) => [
    tally.name,
    tally.sent === undefined ? '-' : String(tally.sent),
    `${tally.owed}${tally.open ? '+' : ''}`,
    ...[tally.arrived, tally.missing.length, tally.surplus.length].map(String),
    ...[50, 99].map((p) => milliseconds(percentile(tally.latencies, p))),
  ]);
  return table([head, ...rows]);
}

/** A sentence for each thing that is missing or came twice. */
export const faultsOf = (tallies) =>
  tallies.flatMap(({ name, missing, surplus }) => [
    ...missing.map((key) => `${name}: missing: ${key}`),
    ...surplus.map((key) => `${name}: twice, or not expected: ${key}`),
  ]);

/** What is to be said of the faults, which may be many. */
export function verdict(faults) {
  if (!faults.length) return 'Everything that was owed has arrived, once.';
  const rest = faults.length - FAULTS_SHOWN;
  const lines = faults.slice(0, FAULTS_SHOWN).map((fault) => `  ${fault}`);
  return [`Faults: ${faults.length}`, ...lines, ...(rest > 0 ? [`  … and ${rest} more`] : [])].join('\n');
}

const milliseconds = (value) => (value === undefined ? '-' : `${value.toFixed(value < 10 ? 1 : 0)} ms`);
