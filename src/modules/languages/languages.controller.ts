import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { currentContext } from 'src/core/context/context';
import { Public, Returns } from 'src/core/http/decorators';
import { I18n } from 'src/core/i18n/i18n';
import { aliasesOf } from 'src/core/i18n/languages';
import { CallersLanguage } from 'src/modules/languages/callers-language.guard';
import {
  CurrentLanguageView,
  LanguagesView,
  LanguageTestView,
  type LanguageView,
} from 'src/modules/languages/languages.dto';

const SAMPLE = { name: 'Ana', count: 5, distance: 1234.5, at: new Date('2026-01-31T09:30:00Z') };

/** Which languages there are, and which one the caller gets: `X-Language`, else `Accept-Language`, else his own, else the default. */
@ApiTags('Languages')
@Controller()
@Public()
@UseGuards(CallersLanguage)
export class LanguagesController {
  constructor(private readonly i18n: I18n) {}

  @Get('languages')
  @Returns(200, LanguagesView, 'All languages that Muster speaks here.')
  languages(): LanguagesView {
    const { language } = currentContext();
    return {
      supported_languages: this.i18n.supported.map((code) => this.view(code, language)),
      current_language: language,
      default_language: this.i18n.fallback,
    };
  }

  @Get('language/current')
  @Returns(200, CurrentLanguageView, 'The language of this answer.')
  current(): CurrentLanguageView {
    const { language } = currentContext();
    const { name, native_name } = this.view(language, language);
    return { language, name, native_name, is_default: language === this.i18n.fallback };
  }

  @Get('language/test')
  @Returns(200, LanguageTestView, 'Some texts in the caller’s language.')
  test(): LanguageTestView {
    const { language } = currentContext();
    const text = (key: string) => this.i18n.text(language, key, SAMPLE);
    const distance = new Intl.NumberFormat(language, { style: 'unit', unit: 'meter' });
    const date = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short', timeZone: 'UTC' });
    const translations = {
      greeting: text('common:test.greeting'),
      unread_messages: text('common:test.unread_messages'),
      error: text('errors:chat.not_found'),
      push_title: text('push:test.title'),
      push_body: text('push:test.body'),
      distance: distance.format(SAMPLE.distance),
      date: date.format(SAMPLE.at),
    };
    return { language, translations };
  }

  private view(code: string, language: string): LanguageView {
    return {
      code,
      name: new Intl.DisplayNames(language, { type: 'language' }).of(code) ?? code,
      native_name: this.i18n.text(code, 'common:language.native_name'),
      aliases: aliasesOf(code),
    };
  }
}
