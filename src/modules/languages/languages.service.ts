import { Injectable } from '@nestjs/common';
import { Kept } from 'src/core/collections/kept';
import { LanguageNotSupported } from 'src/core/errors/common.errors';
import { I18n } from 'src/core/i18n/i18n';
import { aliasesOf } from 'src/config/language-names';
import type { CurrentLanguageView, LanguageView } from 'src/modules/languages/languages.dto';

type Names = Pick<LanguageView, 'name' | 'native_name'>;

/** The languages that are offered, and their names. */
@Injectable()
export class LanguagesService {
  /** By the language and the one it is named in. To ask `Intl` takes longer than all else of a request. */
  private readonly named = new Kept<Names>();

  constructor(private readonly i18n: I18n) {}

  /** A language by its code, alias or regional name. Throws `user.language_not_supported`. */
  choose(name: string): string {
    const language = this.i18n.known(name);
    if (!language) throw LanguageNotSupported({ language: name });
    return language;
  }

  /** All of them, named in one of them. */
  all(inLanguage: string): LanguageView[] {
    return this.i18n.supported.map((code) => ({ code, ...this.names(code, inLanguage), aliases: aliasesOf(code) }));
  }

  /** One of them, named in itself. */
  current(language: string): CurrentLanguageView {
    return { language, ...this.names(language, language), is_default: language === this.i18n.fallback };
  }

  private names(code: string, inLanguage: string): Names {
    return this.named.get(`${code} ${inLanguage}`, () => ({
      name: new Intl.DisplayNames(inLanguage, { type: 'language' }).of(code) ?? code,
      native_name: this.i18n.text(code, 'common:language.native_name'),
    }));
  }
}
