import { Kept } from 'src/core/collections/kept';
import { format, type Formattable, type FormatName, type Reader } from 'src/core/i18n/formats';

const FORMATS: readonly FormatName[] = ['number', 'distance', 'date', 'time', 'moment'];
const PLACE = /\{\{\s*(\w+)\s*(?:,\s*(\w+)\s*)?\}\}/g;
const plurals = new Kept<Intl.PluralRules>();
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** The names of the places in a text: `{{sender}}`, `{{count, number}}`. */
export const placesIn = (text: string): string[] => [...new Set([...text.matchAll(PLACE)].map(([, name]) => name!))];

/** The key without its plural form. */
export const stemOf = (key: string): string => key.replace(PLURAL, '');

/** The first thing in a template that is no text and no place that it may have; undefined if it is good. */
export function faultIn(template: string, allowed: string[]): string | undefined {
  for (const [whole, name, written] of template.matchAll(PLACE))
    if (!allowed.includes(name!) || (written !== undefined && !FORMATS.includes(written as FormatName))) return whole;
  return /\{\{|\}\}/.exec(template.replace(PLACE, ''))?.[0];
}

/** Fills the places, once: what fills them is never read as a template. */
export const fill = (template: string, params: Record<string, string | number>, reader: Reader): string =>
  template.replace(PLACE, (_whole, name: string, written?: string) => {
    const value: Formattable = Object.hasOwn(params, name) ? params[name]! : '';
    return written === undefined ? String(value) : format(reader, written as FormatName, value);
  });

/** The form of a text that a language has for a number. */
export const formOf = (key: string, language: string, count: number): string =>
  `${key}_${plurals.get(language, () => new Intl.PluralRules(language)).select(count)}`;
