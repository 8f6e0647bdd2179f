import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { report as reportFailure } from '../../scripts/lib/failure.mjs';
import { asked, holds, shown } from './figures.mjs';
import { onStage } from './stage.mjs';
import { FIGURES } from './summary.mjs';

/**
 * Runs a bench: `work(stage)` gives `{ rows, gates }`. Prints the rows (objects with the same keys) as a table and what of the
 * gates (`{ what, value, atLeast | atMost, stretch }`) holds, writes both to `.muster/bench/<name>.json`, and ends the process: status 1 if a
 * gate does not hold. `notes` are lines for the reader.
 */
export async function bench(name, work) {
  try {
    const {
      rows,
      gates = [],
      notes = [],
      services,
    } = await onStage(async (stage) => ({
      ...(await work(stage)),
      services: await stage.versions(),
    }));
    const held = gates.map((gate) => ({ ...gate, holds: holds(gate) }));
    console.log(`\n${name}\n${table(rows)}\n`);
    for (const gate of held) console.log(`${gate.holds ? 'holds' : 'FAILS'}  ${describe(gate)}`);
    for (const note of notes) console.log(`       ${note}`);
    mkdirSync(FIGURES, { recursive: true });
    const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model, services };
    const report = { name, at: new Date().toISOString(), machine, rows: rows.map(whole), gates: held, notes };
    writeFileSync(join(FIGURES, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
    process.exit(held.every(({ holds }) => holds) ? 0 : 1);
  } catch (error) {
    reportFailure(error);
    process.exit(2);
  }
}

/** JSON leaves out what is undefined, and with it, if it is the first row's, the order of columns. */
const whole = (row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, value ?? '']));

const describe = (gate) => `${gate.what}: ${shown(gate.value)} (${asked(gate)})`;

function table(rows) {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => shown(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index].length)));
  const line = (row) => row.map((cell, index) => (index ? cell.padStart(widths[index]) : cell.padEnd(widths[index])));
  return cells.map((row) => `  ${line(row).join('  ')}`).join('\n');
}
