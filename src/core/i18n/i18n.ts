import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import i18next, { type i18n } from 'i18next';
import Backend, { type FsBackendOptions } from 'i18next-fs-backend';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ENV, InvalidEnvironment, type Env } from 'src/config/env';
import { canonicalLanguage, negotiateLanguage, supportedLanguage } from 'src/core/i18n/languages';

/** Where the texts are: `i18n/<language>/<namespace>.json`, beside the program. */
export const TEXTS = path.resolve('i18n');

/** All texts that people read. Missing ones fall back to English, which is the source of the keys. */
@Injectable()
export class I18n implements OnModuleInit {
  readonly supported: readonly string[];
  readonly fallback: string;
  private readonly texts: i18n = i18next.createInstance();

  /** Throws `InvalidEnvironment` for languages that have no texts. */
  constructor(@Inject(ENV) env: Pick<Env, 'SUPPORTED_LANGUAGES' | 'DEFAULT_LANGUAGE'>) {
    this.supported = [...new Set(env.SUPPORTED_LANGUAGES.map(canonicalLanguage))];
    this.fallback = canonicalLanguage(env.DEFAULT_LANGUAGE);
    const written = readdirSync(TEXTS);
    const faults = this.supported
      .filter((language) => !written.includes(language))
      .map((language) => `SUPPORTED_LANGUAGES: there are no texts for ${language}, only for ${written.join(', ')}`);
    if (!this.supported.includes(this.fallback)) faults.push('DEFAULT_LANGUAGE: must be one of SUPPORTED_LANGUAGES');
    if (faults.length) throw new InvalidEnvironment(faults);
  }

  async onModuleInit() {
    const namespaces = readdirSync(path.join(TEXTS, 'en')).map((file) => path.parse(file).name);
    await this.texts.use(Backend).init<FsBackendOptions>({
      backend: { loadPath: path.join(TEXTS, '{{lng}}', '{{ns}}.json') },
      ns: namespaces,
      preload: this.supported,
      lng: this.fallback,
      fallbackLng: 'en',
      keySeparator: false,
      interpolation: { escapeValue: false },
    });
  }

  /** The text of `key` ("namespace:key") in a language; `params` fill its `{{places}}` and choose plurals by `count`. */
  text(language: string, key: string, params: Record<string, unknown> = {}): string {
    // `replace` keeps params from being taken for options of i18next.
    return this.texts.t(key, { replace: params, count: params.count as number | undefined, lng: language });
  }

  /** The language a caller asks for by header or handshake, if it is supported. */
  requested(headers: Parameters<typeof negotiateLanguage>[1]): string | undefined {
    return negotiateLanguage(this.supported, headers);
  }

  /** `name` as a supported language, or undefined: accepts the aliases `jp` and `cn` and regional names. */
  known(name: string | null | undefined): string | undefined {
    return supportedLanguage(this.supported, name ?? undefined);
  }
}
