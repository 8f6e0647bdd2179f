import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { currentContext } from 'src/core/context/context';

/** Language → name → text. Filled when the texts are loaded: views are plain functions, and nothing can be handed to them. */
const words = new Map<string, Record<string, string>>();

/** Reads the words of all languages in a folder of texts. */
export function learnWords(folder: string): void {
  for (const language of readdirSync(folder)) {
    const file = path.join(folder, language, 'words.json');
    if (existsSync(file)) words.set(language, JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
  }
}

/**
 * Words that views need in the language of whoever reads them, in English where it lacks them: `i18n/<language>/words.json`. `params`
 * fill the places; what people wrote is never taken for a place. Throws for a name that there is not.
 */
export function word(name: string, params: Record<string, string> = {}): string {
  if (!words.size) learnWords('i18n');
  const text = words.get(currentContext().language)?.[name] ?? words.get('en')?.[name];
  if (text === undefined) throw new Error(`no word ${name}`);
  return text.replace(/{{(\w+)}}/g, (_, place: string) => params[place] ?? '');
}
