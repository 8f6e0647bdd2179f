import { readdirSync } from 'node:fs';

/** Names that the clients of other systems use, and what they mean in BCP 47. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['jp', 'ja'],
  ['cn', 'zh'],
  // before Java 17, and so on many Androids
  ['in', 'id'],
]);

/** `JP` → `ja`, `cn` → `zh`, `en` → `en`; `ja_JP`, as systems name their locales, → `ja-jp`. */
export const canonicalLanguage = (name: string): string => {
  const lower = name.trim().toLowerCase().replaceAll('_', '-');
  return ALIASES.get(lower) ?? lower;
};

/** Other names of a language that are accepted: `ja` → `['jp']`. */
export const aliasesOf = (language: string): string[] =>
  [...ALIASES.keys()].filter((alias) => ALIASES.get(alias) === language);

interface LanguageSettings {
  SUPPORTED_LANGUAGES: string[];
  DEFAULT_LANGUAGE: string;
  I18N_DIR: string;
}

/** What is wrong with the languages that are offered, by setting: each needs a folder of texts. */
export function languageFaults({ SUPPORTED_LANGUAGES, DEFAULT_LANGUAGE, I18N_DIR }: LanguageSettings) {
  const supported = [...new Set(SUPPORTED_LANGUAGES.map(canonicalLanguage))];
  let written: string[];
  try {
    written = readdirSync(I18N_DIR);
  } catch {
    return [{ setting: 'I18N_DIR', fault: 'is no folder that can be read' }];
  }
  const faults = supported
    .filter((language) => !written.includes(language))
    .map((language) => ({
      setting: 'SUPPORTED_LANGUAGES',
      fault: `there are no texts for ${language}, only for ${written.join(', ')}`,
    }));
  if (!supported.includes(canonicalLanguage(DEFAULT_LANGUAGE)))
    faults.push({ setting: 'DEFAULT_LANGUAGE', fault: 'must be one of SUPPORTED_LANGUAGES' });
  return faults;
}
