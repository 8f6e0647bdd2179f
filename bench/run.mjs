import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { inProject } from '../scripts/lib/project.mjs';
import { writeSummary } from './lib/summary.mjs';

// `npm run bench -- <area>` or `<area>/<name>`, several if given; all in turn without. Then writes `bench/report.md` and `.json` anew
// from the last figures of each. Status 1 if any gate fails or a bench can't run.

const isBench = (name) => name.endsWith('.mjs') && !name.startsWith('_');
const entries = (folder) =>
  readdirSync(inProject('bench', folder), { recursive: true })
    .filter((file) => isBench(basename(file)))
    .sort();

/** `lib` is what benches are made of, `delivery` a proof with a command of its own. */
const areas = () =>
  readdirSync(inProject('bench'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['lib', 'delivery'].includes(entry.name))
    .map(({ name }) => name)
    .sort();

function filesOf(name) {
  const file = inProject('bench', `${name}.mjs`);
  if (existsSync(file)) return [file];
  if (existsSync(inProject('bench', name))) return entries(name).map((entry) => inProject('bench', name, entry));
  console.error(`There is no bench ${name}; see bench/README.md.`);
  process.exit(2);
}

const named = process.argv.slice(2);
const files = (named.length ? named : areas()).flatMap(filesOf);
const statuses = files.map((file) => spawnSync(process.execPath, [file], { stdio: 'inherit' }).status);
await writeSummary();
process.exit(statuses.every((status) => status === 0) ? 0 : 1);
