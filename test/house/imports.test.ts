import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A room may use only rooms of lower rank. A new feature gets its line here. */
const RANKS: Record<string, number> = {
  config: 0,
  core: 1,
  'modules/users': 2,
  'modules/languages': 2,
  'modules/audit': 2,
  'modules/auth': 3,
  'modules/push': 3,
  'modules/files': 3,
  'modules/media': 3,
  'modules/account': 4,
  'modules/admin': 4,
  'modules/settings': 4,
  'modules/chats': 4,
  'modules/location': 5,
  'modules/geofences': 6,
  'modules/nearby': 6,
  'modules/presence': 5,
  'modules/attachments': 5,
  'modules/calls': 5,
  'modules/moderation': 5,
};
/** Pages that list what all features have; every room may read them. */
const PAGES = ['src/contracts', 'src/entities', 'migrations/index'];
/** What a feature shows to those above it. */
const OPEN = /\.(module|service|contract|dto)$/;
/** Tables: entities name each other in foreign keys; others may know their types. */
const TABLES = /\.entities$/;

interface Import {
  target: string;
  typeOnly: boolean;
}
const importsOf = (file: string): Import[] =>
  [...readFileSync(file, 'utf8').matchAll(/import (type )?[^;]*?from '((?:src|migrations)\/[^']+)'/g)].map(
    ([, type, target]) => ({
      target: target!,
      typeOnly: type !== undefined,
    }),
  );

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.join('src', file));
const roomOf = (file: string) => /^src\/(modules\/[^/]+|config|core)\//.exec(file)?.[1];

test('every room has a rank', () => {
  const rooms = new Set(files.flatMap((file) => roomOf(file) ?? []));
  expect([...rooms].filter((room) => !(room in RANKS))).toEqual([]);
});

test('imports only go down, and between features only to what they show', () => {
  const faults: string[] = [];
  for (const file of files) {
    const from = roomOf(file);
    if (!from) continue;
    for (const { target, typeOnly } of importsOf(file)) {
      const to = roomOf(`${target}/`);
      if (PAGES.includes(target) || to === from) continue;
      const shown = OPEN.test(target) || (TABLES.test(target) && (typeOnly || /\.entities\.ts$/.test(file)));
      if (to === undefined || RANKS[to]! >= RANKS[from]!) faults.push(`${file} → ${target}`);
      else if (to.startsWith('modules/') && !shown) faults.push(`${file} reaches into ${target}`);
    }
  }
  expect(faults).toEqual([]);
});

test('no file names another folder by a relative path, and none is a barrel', () => {
  expect(files.filter((file) => /from '\.\.?\//.test(readFileSync(file, 'utf8')))).toEqual([]);
  expect(files.filter((file) => path.basename(file) === 'index.ts')).toEqual([]);
});
