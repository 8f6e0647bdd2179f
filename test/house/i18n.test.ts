import 'src/app.module';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EnvSchema } from 'src/config/env';
import { definedErrors } from 'src/core/errors/app-error';
import { TEXTS } from 'src/core/i18n/i18n';
import { canonicalLanguage } from 'src/core/i18n/languages';

type Texts = Record<string, string>;
const PLURAL = /_(zero|one|two|few|many|other)$/;
const SOURCE = 'en';

const languages = readdirSync(TEXTS);
const files = readdirSync(path.join(TEXTS, SOURCE));
const textsOf = (language: string, file: string) =>
  JSON.parse(readFileSync(path.join(TEXTS, language, file), 'utf8')) as Texts;

/** Key → its texts: one under "", or one for each plural form; where there are forms, `_other` is among them in every language. */
function byKey(texts: Texts): Map<string, Texts> {
  const keys = new Map<string, Texts>();
  for (const [name, text] of Object.entries(texts)) {
    const stem = name.replace(PLURAL, '');
    const isForm = stem !== name && `${stem}_other` in texts;
    const [key, form] = isForm ? [stem, name.slice(stem.length + 1)] : [name, ''];
    keys.set(key, { ...keys.get(key), [form]: text });
  }
  return keys;
}
const placesIn = (forms: Texts) => [
  ...new Set(Object.values(forms).flatMap((text) => [...text.matchAll(/{{(.*?)}}/g)].map(([, place]) => place))),
];
const sorted = (names: Iterable<string | undefined>) => [...names].sort();

test('the languages offered by default are those that have texts', () => {
  const { SUPPORTED_LANGUAGES } = EnvSchema.shape;
  expect(sorted(SUPPORTED_LANGUAGES.parse(undefined).map(canonicalLanguage))).toEqual(sorted(languages));
});

describe.each(languages)('%s', (language) => {
  test('has the files of the source language', () => {
    expect(readdirSync(path.join(TEXTS, language))).toEqual(files);
  });

  test.each(files)('%s has the keys of the source, with the same places to fill, and no empty text', (file) => {
    const [source, texts] = [byKey(textsOf(SOURCE, file)), byKey(textsOf(language, file))];
    expect(sorted(texts.keys())).toEqual(sorted(source.keys()));
    for (const [key, forms] of texts) {
      expect({ [key]: sorted(placesIn(forms)) }).toEqual({ [key]: sorted(placesIn(source.get(key)!)) });
      expect({ [key]: Object.values(forms).every((text) => text.trim() !== '') }).toEqual({ [key]: true });
    }
  });

  test.each(files)('%s has every plural form of the language, and no other', (file) => {
    const wanted = sorted(new Intl.PluralRules(language).resolvedOptions().pluralCategories);
    for (const [key, forms] of byKey(textsOf(language, file)))
      if (!('' in forms)) expect({ [key]: sorted(Object.keys(forms)) }).toEqual({ [key]: wanted });
  });
});

test('every error and every reason of a refused field has its text, and no text is left over', () => {
  const codes = [...definedErrors.keys(), ...fieldCodes().map((code) => `field.${code}`)];
  expect(sorted(byKey(textsOf(SOURCE, 'errors.json')).keys())).toEqual(sorted(codes));
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
