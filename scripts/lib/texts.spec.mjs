import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from './texts.mjs';

let home;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'muster-texts-'));
  write('texts/en/push.json', {
    'note.title': '{{name}}',
    'note.body_one': '{{count}} note',
    'note.body_other': '{{count}}',
  });
  write('texts/en/errors.json', { 'note.gone': 'Gone.' });
  write(
    'src/a.ts',
    "const a = `push:${kind}.title`; note({ key: 'note.body' }); defineError('note.gone', 404); 'not a key'",
  );
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (file, content) => {
  mkdirSync(join(home, file, '..'), { recursive: true });
  writeFileSync(join(home, file), typeof content === 'string' ? content : JSON.stringify(content));
};
const look = () => inspect(join(home, 'texts'), join(home, 'src'));

test('whole keys, parts that are filled in and codes of errors are uses', () => {
  expect(look()).toEqual({ languages: ['en'], keys: 3, missing: [], unused: [] });
});

test('what the program asks for and nobody has written is missing; what it does not ask for is unused', () => {
  write('src/b.ts', "defineError('note.lost', 404); text('push:other.title'); text(`push:call.${kind}`)");
  write('texts/en/errors.json', { 'note.gone': 'Gone.', 'note.old': 'Old.' });
  const { missing, unused } = look();
  expect(missing.sort()).toEqual([
    'en: errors:note.lost is asked for, and missing',
    'en: push:call.* is asked for, and missing',
    'en: push:other.title is asked for, and missing',
  ]);
  expect(unused).toEqual(['errors:note.old']);
});

test('a language needs the keys of the source, their places and its own plural forms', () => {
  cpSync(join(home, 'texts/en'), join(home, 'texts/ja'), { recursive: true });
  write('texts/ja/push.json', {
    'note.title': '{{nome}}',
    'note.body_one': '1',
    'note.body_other': '{{count}}',
    more: ' ',
  });
  write('texts/ja/errors.json', {});
  expect(look().missing).toEqual([
    'ja: errors:note.gone is missing',
    'ja: push:note.title has the places nome instead of name',
    'ja: push:note.body has the plural forms one, other instead of other',
    'ja: push:more is not in en',
  ]);
});
