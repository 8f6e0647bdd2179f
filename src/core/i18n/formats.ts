import { Kept } from 'src/core/collections/kept';

/** For whom a text is made. */
export interface Reader {
  /** One of the supported languages. */
  language: string;
  /** The language with a region, if known (`en-US`): decides about miles or metres, and the order of dates. */
  locale?: string | undefined;
  /** IANA name; UTC if not given. */
  timeZone?: string | undefined;
}

export type FormatName = 'number' | 'distance' | 'date' | 'time' | 'moment';
/** Instants as `Date` or in RFC 3339; distances in metres. */
export type Formattable = number | Date | string;

/** `value` as its reader writes such things, by `Intl`; what is no such value stays as it is. */
export function format(reader: Reader, name: FormatName, value: Formattable): string {
  if (name === 'number') return typeof value === 'number' ? numbers(localeOf(reader), {}).format(value) : String(value);
  if (name === 'distance') return typeof value === 'number' ? distance(reader, value) : String(value);
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? String(value) : INSTANTS[name](reader, at);
}

const INSTANTS: Record<'date' | 'time' | 'moment', (reader: Reader, at: Date) => string> = {
  date: (reader, at) => instants(reader, { dateStyle: 'long' }).format(at),
  time: (reader, at) => instants(reader, { timeStyle: 'short' }).format(at),
  /** With the zone: mails are read elsewhere too. */
  moment: (reader, at) =>
    `${instants(reader, { dateStyle: 'long', timeStyle: 'short' }).format(at)} (${reader.timeZone ?? 'UTC'})`,
};

const METRES_IN = { meter: 1, kilometer: 1000, foot: 0.3048, yard: 0.9144, mile: 1609.344 };
/** Where roads have miles (Unicode CLDR, `unitPreferenceData`, length by road). */
const SHORT_UNIT_BESIDE_MILES: Record<string, 'foot' | 'yard'> = { US: 'foot', LR: 'foot', GB: 'yard' };

function distance(reader: Reader, metres: number): string {
  const locale = localeOf(reader);
  const beside = SHORT_UNIT_BESIDE_MILES[new Intl.Locale(locale).region ?? ''];
  const [short, long] = beside ? ([beside, 'mile'] as const) : (['meter', 'kilometer'] as const);
  const far = Math.abs(metres) >= METRES_IN[long] * (beside ? 0.1 : 1);
  const unit = far ? long : short;
  const value = metres / METRES_IN[unit];
  const maximumFractionDigits = far && Math.abs(value) < 100 ? 1 : 0;
  return numbers(locale, { style: 'unit', unit, maximumFractionDigits }).format(value);
}

/** The reader's locale, if it is one and of his language. */
function localeOf({ language, locale }: Reader): string {
  if (!locale || !locale.toLowerCase().startsWith(language.toLowerCase())) return language;
  return isLocale(locale) ? locale : language;
}

function isLocale(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name).length > 0;
  } catch {
    return false;
  }
}

/** Formats of `Intl` cost a thousand times what using them does. */
const keptNumbers = new Kept<Intl.NumberFormat>();
const keptInstants = new Kept<Intl.DateTimeFormat>();

const numbers = (locale: string, options: Intl.NumberFormatOptions) =>
  keptNumbers.get(`${locale} ${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));

const instants = (reader: Reader, styles: Intl.DateTimeFormatOptions) => {
  const [locale, timeZone] = [localeOf(reader), reader.timeZone ?? 'UTC'];
  const options = { ...styles, timeZone };
  const key = `${locale} ${JSON.stringify(options)}`;
  return keptInstants.get(key, () => new Intl.DateTimeFormat(locale, options));
};
