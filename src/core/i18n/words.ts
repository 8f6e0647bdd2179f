import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { currentContext } from 'src/core/context/context';
import { TEXTS } from 'src/core/i18n/i18n';

type Word = 'deleted_account';

const read = (language: string) =>
  JSON.parse(readFileSync(path.join(TEXTS, language, 'words.json'), 'utf8')) as Record<Word, string>;
const words = new Map(readdirSync(TEXTS).map((language) => [language, read(language)]));

/** A word that views need in the language of whoever reads them, for they are plain functions: `i18n/<language>/words.json`. */
export const word = (name: Word): string => (words.get(currentContext().language) ?? words.get('en')!)[name];
