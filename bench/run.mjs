import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { inProject } from '../scripts/lib/project.mjs';

// `npm run bench -- <area>` or `<area>/<name>`, several if given; status 1 if any gate fails or a bench can't run.

const isBench = (name) => name.endsWith('.mjs') && !name.startsWith('_');

function filesOf(name) {
  const file = inProject('bench', `${name}.mjs`);
  if (existsSync(file)) return [file];
  const folder = inProject('bench', name);
  if (existsSync(folder))
    return readdirSync(folder)
      .filter(isBench)
      .sort()
      .map((entry) => inProject('bench', name, entry));
  console.error(`There is no bench ${name}; see bench/README.md.`);
  process.exit(2);
}

const names = process.argv.slice(2);
if (!names.length) {
  console.error('Which? For example: npm run bench -- auth');
  process.exit(2);
}
const statuses = names.flatMap(filesOf).map((file) => spawnSync(process.execPath, [file], { stdio: 'inherit' }).status);
process.exit(statuses.every((status) => status === 0) ? 0 : 1);
