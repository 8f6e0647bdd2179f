import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { currentContext } from 'src/core/context/context';
import { TEXTS } from 'src/core/i18n/i18n';

const read = (language: string) =>
  JSON.parse(readFileSync(path.join(TEXTS, language, 'words.json'), 'utf8')) as Record<string, string>;
const words = new Map(readdirSync(TEXTS).map((language) => [language, read(language)]));

/**
 * Words that views need in the language of whoever reads them, for they are plain functions: `i18n/<language>/words.json`. `params`
 * fill the places; what people wrote is never taken for a place. Throws for a name that there is not.
 */
export function word(name: string, params: Record<string, string> = {}): string {
  const text = (words.get(currentContext().language) ?? words.get('en')!)[name];
  if (text === undefined) throw new Error(`no word ${name}`);
  return text.replace(/{{(\w+)}}/g, (_, place: string) => params[place] ?? '');
}
