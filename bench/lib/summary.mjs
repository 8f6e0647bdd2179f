import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'oxfmt';
import { inProject } from '../../scripts/lib/project.mjs';
import { asked, shown } from './figures.mjs';

/** Where each bench leaves its last figures. */
export const FIGURES = inProject('.muster', 'bench');
const REPORT = inProject('bench', 'report');

/** Writes `bench/report.json` and `bench/report.md`: the last figures of every bench that was run, each with its machine and its day. */
export async function writeSummary() {
  const known = existsSync(`${REPORT}.json`) ? JSON.parse(readFileSync(`${REPORT}.json`, 'utf8')) : [];
  const here = existsSync(FIGURES)
    ? readdirSync(FIGURES)
        .map((file) => JSON.parse(readFileSync(join(FIGURES, file), 'utf8')))
        .filter(({ gates }) => gates)
    : [];
  const newest = new Map([...known, ...here].sort((a, b) => a.at.localeCompare(b.at)).map((one) => [one.name, one]));
  const reports = [...newest.values()].sort((a, b) => a.name.localeCompare(b.name));
  writeFileSync(`${REPORT}.json`, `${JSON.stringify(reports, null, 2)}\n`);
  writeFileSync(`${REPORT}.md`, (await format(`${REPORT}.md`, page(reports))).code);
}

const page = (reports) => `# What the benches have measured

Printed by \`npm run bench\`, which keeps the last figures of each. Quotients of one run count, the rest depends on the machine. Why
those gates that do not hold do not: [docs/speed.md](../docs/speed.md).

${table(reports.flatMap(({ name, gates }) => gates.map((gate) => ({ bench: name, gate: gate.what, measured: shown(gate.value), asked: asked(gate), holds: gate.holds ? 'yes' : '**no**' }))))}

${reports.map(section).join('\n\n')}
`;

const section = ({ name, at, machine, rows, notes }) => `## ${name}

${[at.slice(0, 16).replace('T', ' '), `${machine.cpus} × ${machine.model}`, `Node ${machine.node}`, ...Object.entries(machine.services ?? {}).map((one) => one.join(' '))].join(' · ')}

${table(rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, shown(value)]))))}

${notes.map((note) => `- ${note}`).join('\n')}`;

function table(rows) {
  if (!rows.length) return '';
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? ''))),
  ].join('\n');
}
