import 'src/app.module';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { EnvSchema } from 'src/config/env';
import { definedErrors } from 'src/core/errors/app-error';
import { canonicalLanguage } from 'src/config/language-names';

const run = promisify(execFile);
const sorted = (names: Iterable<string>) => [...names].sort();

test('the languages offered by default are those that have texts', () => {
  const { SUPPORTED_LANGUAGES } = EnvSchema.shape;
  expect(sorted(SUPPORTED_LANGUAGES.parse(undefined).map(canonicalLanguage))).toEqual(sorted(readdirSync('i18n')));
});

test('no text is missing, empty, left over or used nowhere; each has the places and plural forms it must have', async () => {
  const { stdout } = await run(process.execPath, ['scripts/i18n.mjs']);
  expect(stdout).toMatch(/^\d+ texts in en, id, ja, ko, zh: 0 missing or wrong, 0 unused\n$/);
});

test('every error and every reason of a refused field has its text, and no text is left over', () => {
  const codes = [...definedErrors.keys(), ...fieldCodes().map((code) => `field.${code}`)];
  const texts = JSON.parse(readFileSync('i18n/en/errors.json', 'utf8')) as Record<string, string>;
  const stem = (name: string) => name.replace(/_(one|other)$/, '');
  const keys = new Set(Object.keys(texts).map((name) => (`${stem(name)}_other` in texts ? stem(name) : name)));
  expect(sorted(keys)).toEqual(sorted(codes));
});

/** The codes that our own checks give: `refine(…, { params: { code: 'x' } })` and `{ field, code: 'x' }`. */
function fieldCodes(): string[] {
  const given = sources().flatMap((source) => [
    ...source.matchAll(/\b(?:params: \{|field[^{}]*,)\s*code: '(\w+)'(?!, message)/g),
  ]);
  return [...new Set(['invalid', ...given.map(([, code]) => code!)])];
}

function sources(): string[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(path.join('src', file), 'utf8'));
}
