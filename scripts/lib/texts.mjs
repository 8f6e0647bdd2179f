import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The language whose texts are the source of the keys. */
export const SOURCE = 'en';
const PLURAL = /_(zero|one|two|few|many|other)$/;
const PLACE = /{{(.*?)}}/g;

/**
 * All texts in a folder: language → `namespace:key` → its forms: one under "", or one for each plural form. A key has plural forms
 * if `_other` is among them.
 */
export function readTexts(folder) {
  const languages = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(languages.map(({ name }) => [name, readLanguage(join(folder, name))]));
}

function readLanguage(folder) {
  const keys = new Map();
  for (const file of readdirSync(folder)) {
    const texts = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    for (const [name, text] of Object.entries(texts)) {
      const stem = name.replace(PLURAL, '');
      const isForm = stem !== name && `${stem}_other` in texts;
      const key = `${file.replace(/\.json$/, '')}:${isForm ? stem : name}`;
      keys.set(key, { ...keys.get(key), [isForm ? name.slice(stem.length + 1) : '']: text });
    }
  }
  return keys;
}

/** What is wrong with the texts of a language, a sentence each: missing, left over, empty, other places, wrong plural forms. */
export function faultsOf(language, texts) {
  const [source, own] = [texts.get(SOURCE), texts.get(language)];
  const missing = [...source.keys()].filter((key) => !own.has(key)).map((key) => `${key} is missing`);
  const wrong = [...own].flatMap(([key, forms]) => {
    if (!source.has(key)) return [`${key} is not in ${SOURCE}`];
    const [wanted, given] = [placesIn(source.get(key)), placesIn(forms)];
    return [
      ...(Object.values(forms).some((text) => typeof text !== 'string' || !text.trim()) ? [`${key} is empty`] : []),
      ...(wanted === given ? [] : [`${key} has the places ${given || 'none'} instead of ${wanted || 'none'}`]),
      ...pluralFaults(language, key, forms, source.get(key)),
    ];
  });
  return [...missing, ...wrong];
}

const placesIn = (forms) =>
  [...new Set(Object.values(forms).flatMap((text) => [...String(text).matchAll(PLACE)].map(([, place]) => place)))]
    .sort()
    .join(', ');

function pluralFaults(language, key, forms, source) {
  const isPlural = (some) => !('' in some);
  if (isPlural(forms) !== isPlural(source)) return [`${key} must ${isPlural(source) ? '' : 'not '}have plural forms`];
  if (!isPlural(forms)) return [];
  const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted().join(', ');
  const given = Object.keys(forms).sort().join(', ');
  return wanted === given ? [] : [`${key} has the plural forms ${given} instead of ${wanted}`];
}

/**
 * How the program names texts, found in its sources: whole keys, and patterns where a part is filled in (`` `email:${about}.body` ``).
 * Strings without a namespace may name a text in any.
 */
export function namesIn(folder, namespaces) {
  const [used, required] = [new Set(), new Set()];
  const prefix = new RegExp(`^(${namespaces.join('|')}):`);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) continue;
    const source = readFileSync(join(folder, file), 'utf8');
    for (const [token] of source.matchAll(TOKEN)) {
      const name = /^['"`]/.test(token) ? token.slice(1, -1).replace(FILLED_IN, '*') : '';
      if (!/[a-z]/.test(name.replace(prefix, ''))) continue;
      used.add(name);
      if (prefix.test(name)) required.add(name);
    }
    for (const [, code] of source.matchAll(/\bdefineError\('([^']+)'/g)) required.add(`errors:${code}`);
  }
  return { used: [...used], required: [...required] };
}

/** Comments, which are to be passed over, and strings. */
const TOKEN = /\/\/.*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
const FILLED_IN = /\$\{[^{}]*\}/g;

/** Which of the keys no name can mean, and which names mean no key. */
export function compareNames(keys, { used, required }) {
  const fits = matcher(used);
  const hasKey = (name) => (name.includes('*') ? keys.some(matcher([name])) : keys.includes(name));
  return { unused: keys.filter((key) => !fits(key)), unknown: required.filter((name) => !hasKey(name)) };
}

function matcher(names) {
  const [whole, patterns] = [new Set(names.filter((name) => !name.includes('*'))), []];
  for (const name of names.filter((one) => one.includes('*')))
    patterns.push(new RegExp(`^${name.split('*').map(escape).join('[\\w.]+')}$`));
  return (key) => {
    const bare = key.slice(key.indexOf(':') + 1);
    return [key, bare].some((name) => whole.has(name) || patterns.some((pattern) => pattern.test(name)));
  };
}

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Everything there is to say of the texts in a folder: `missing` must be mended, `unused` may go. */
export function inspect(folder, sources) {
  if (!existsSync(join(folder, SOURCE))) throw new Error(`There is no folder ${SOURCE} in ${folder}.`);
  const texts = readTexts(folder);
  const keys = [...texts.get(SOURCE).keys()];
  const namespaces = [...new Set(keys.map((key) => key.split(':')[0]))];
  const { unused, unknown } = compareNames(keys, namesIn(sources, namespaces));
  const missing = [...texts.keys()].flatMap((language) =>
    faultsOf(language, texts).map((fault) => `${language}: ${fault}`),
  );
  const asked = unknown.map((name) => `${SOURCE}: ${name} is asked for, and missing`);
  return { languages: [...texts.keys()], keys: keys.length, missing: [...asked, ...missing], unused };
}
