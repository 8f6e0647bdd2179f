import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import i18next, { type i18n } from 'i18next';
import Backend, { type FsBackendOptions } from 'i18next-fs-backend';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ENV, type Env } from 'src/config/env';
import { canonicalLanguage } from 'src/config/language-names';
import { Kept } from 'src/core/collections/kept';
import { format, type FormatName, type Formattable, type Reader } from 'src/core/i18n/formats';
import { negotiateLanguage, supportedLanguage } from 'src/core/i18n/languages';
import { learnWords } from 'src/core/i18n/words';

const FORMATS: FormatName[] = ['number', 'distance', 'date', 'time', 'moment'];
/** A symbol, so that no parameter of a text can stand in its place. */
const READER = Symbol('reader');

/**
 * All texts that people read: `<I18N_DIR>/<language>/<namespace>.json`. Missing ones fall back to English, which is the source of
 * the keys.
 */
@Injectable()
export class I18n implements OnModuleInit {
  readonly supported: readonly string[];
  readonly fallback: string;
  private readonly catalogue: i18n = i18next.createInstance();
  /** By what they say in headers, of which Node lets some kilobytes in: callers say few different things. */
  private readonly negotiated = new Kept<string | undefined>(500);
  /** By the one header that most send alone. */
  private readonly accepted = new Kept<string | undefined>(500);

  /** The settings have been looked at: there are texts in each of their languages. */
  constructor(
    @Inject(ENV)
    private readonly env: Pick<Env, 'SUPPORTED_LANGUAGES' | 'DEFAULT_LANGUAGE' | 'I18N_DIR' | 'ENVIRONMENT'>,
  ) {
    this.supported = [...new Set(env.SUPPORTED_LANGUAGES.map(canonicalLanguage))];
    this.fallback = canonicalLanguage(env.DEFAULT_LANGUAGE);
  }

  async onModuleInit() {
    const folder = path.resolve(this.env.I18N_DIR);
    const namespaces = readdirSync(path.join(folder, 'en')).map((file) => path.parse(file).name);
    await this.catalogue.use(Backend).init<FsBackendOptions>({
      backend: { loadPath: path.join(folder, '{{lng}}', '{{ns}}.json') },
      ns: namespaces,
      preload: this.supported,
      lng: this.fallback,
      fallbackLng: 'en',
      lowerCaseLng: true,
      keySeparator: false,
      interpolation: { escapeValue: false },
    });
    for (const name of FORMATS)
      this.catalogue.services.formatter!.add(name, (value: Formattable, language, options: { [READER]?: Reader }) =>
        format(options[READER] ?? { language: language ?? this.fallback }, name, value),
      );
    this.catalogue.services.formatter!.add('word', (value: unknown, lng) => this.named(String(value), lng));
    learnWords(folder);
  }

  /**
   * The text of `key` ("namespace:key") for a reader, or just in a language; `params` fill its `{{places}}` and choose plurals by
   * `count`. Texts say how values are written: `{{until, moment}}`, `{{away, distance}}` (see `formats.ts`), `{{reason, word}}`.
   */
  text(reader: string | Reader, key: string, params: Record<string, unknown> = {}): string {
    const who: Reader = typeof reader === 'string' ? { language: reader } : reader;
    // `replace` keeps params from being taken for options of i18next.
    const options = { replace: params, count: params.count as number | undefined, lng: who.language, [READER]: who };
    if (this.env.ENVIRONMENT !== 'production' && !this.catalogue.exists(key, options))
      throw new Error(`no text ${key}`);
    return this.catalogue.t(key, options);
  }

  /** The texts themselves, key → text, their places not filled: `texts('en', 'push')`. */
  texts(language: string, namespace: string): Readonly<Record<string, string>> {
    return (this.catalogue.getResourceBundle(language, namespace) ?? {}) as Record<string, string>;
  }

  /** `borders_meet` as people say it, `words:named.borders_meet`; what has no such text stays as it is. */
  private named(value: string, lng: string | undefined): string {
    const key = `words:named.${value}`;
    return this.catalogue.exists(key, { lng }) ? this.catalogue.t(key, { lng }) : value;
  }

  /** How a user's texts are made: in the language he chose, or the default one, and in his time zone. */
  readerOf(user: { language: string | null; timezone: string }): Reader {
    return { language: this.known(user.language) ?? this.fallback, timeZone: user.timezone };
  }

  /** The language a caller asks for by header or handshake, if it is supported. */
  requested(headers: Parameters<typeof negotiateLanguage>[1]): string | undefined {
    const { 'x-language': forced, 'accept-language': accepted } = headers;
    if (forced === undefined && accepted === undefined) return undefined;
    if (forced === undefined && typeof accepted === 'string')
      return this.accepted.get(accepted, () => negotiateLanguage(this.supported, headers));
    return this.negotiated.get(JSON.stringify([forced, accepted]), () => negotiateLanguage(this.supported, headers));
  }

  /** `name` as a supported language, or undefined: accepts aliases such as `jp` and regional names. */
  known(name: string | null | undefined): string | undefined {
    return supportedLanguage(this.supported, name ?? undefined);
  }
}
