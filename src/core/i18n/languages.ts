import Negotiator from 'negotiator';
import { aliasesOf, canonicalLanguage } from 'src/config/language-names';

/**
 * The supported language that fits a caller best, or undefined if he states none that is supported. `X-Language` wins over
 * `Accept-Language`, whose q-values count; regional names fall back to their language (`zh-TW` → `zh`), and `*`
 * states none.
 */
export function negotiateLanguage(
  supported: readonly string[],
  headers: { 'x-language'?: string | string[]; 'accept-language'?: string | string[] },
): string | undefined {
  const forced = supportedLanguage(supported, first(headers['x-language']));
  if (forced) return forced;
  const accepted = first(headers['accept-language']);
  if (!accepted || accepted.length > MAX_HEADER) return undefined;
  const offered = [...supported, ...supported.flatMap(aliasesOf)];
  const named = accepted
    .replaceAll('_', '-')
    .split(',')
    .filter((range) => !range.trim().startsWith('*'));
  const preferred = named.length && new Negotiator({ headers: { 'accept-language': named.join() } }).language(offered);
  return preferred ? canonicalLanguage(preferred) : undefined;
}

/** `name` itself, its alias or its language without the region, if supported. */
export function supportedLanguage(supported: readonly string[], name: string | undefined): string | undefined {
  if (!name) return undefined;
  const language = canonicalLanguage(name);
  if (supported.includes(language)) return language;
  const base = canonicalLanguage(language.split('-')[0]!);
  return supported.includes(base) ? base : undefined;
}

/** The locale of `language` with its region that a caller states first: `en` of `fr, en-US;q=0.8` → `en-US`. */
export function localeFrom(
  language: string,
  headers: { 'x-language'?: string | string[] | undefined; 'accept-language'?: string | string[] | undefined },
): string | undefined {
  const stated = [first(headers['x-language']), first(headers['accept-language'])].join().replaceAll('_', '-');
  if (stated.length > MAX_HEADER) return undefined;
  const names = stated.split(',').map((range) => range.split(';')[0]!.trim());
  return names.find((name) => name.toLowerCase().startsWith(`${language}-`));
}

const MAX_HEADER = 1000;
const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
