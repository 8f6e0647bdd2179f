import { Controller, Get, Headers, UseGuards } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { ApiTags } from 'src/core/http/api-docs';
import { Public, Returns } from 'src/core/http/decorators';
import { format } from 'src/core/i18n/formats';
import { I18n } from 'src/core/i18n/i18n';
import { localeFrom } from 'src/core/i18n/languages';
import { CallersLanguage } from 'src/modules/languages/callers-language.guard';
import { CurrentLanguageView, LanguagesView, LanguageTestView } from 'src/modules/languages/languages.dto';
import { LanguagesService } from 'src/modules/languages/languages.service';

const SAMPLE = { name: 'Ana', count: 5, distance: 1234.5, at: new Date('2026-01-31T09:30:00Z') };

/** Which languages there are, and which one the caller gets: `X-Language`, else `Accept-Language`, else his own, else the default. */
@ApiTags('Languages')
@Controller()
@Public()
@UseGuards(CallersLanguage)
export class LanguagesController {
  constructor(
    private readonly i18n: I18n,
    private readonly languages: LanguagesService,
  ) {}

  @Get('languages')
  @Returns(200, LanguagesView, 'All languages that Muster speaks here.')
  all(): LanguagesView {
    const { language } = currentContext();
    return {
      supported_languages: this.languages.all(language),
      current_language: language,
      default_language: this.i18n.fallback,
    };
  }

  @Get('language/current')
  @Returns(200, CurrentLanguageView, 'The language of this answer.')
  current(): CurrentLanguageView {
    return this.languages.current(currentContext().language);
  }

  @Get('language/test')
  @Returns(200, LanguageTestView, 'Some texts in the caller’s language.')
  test(@Headers() headers: Record<string, string | undefined>): LanguageTestView {
    const { language } = currentContext();
    const reader = { language, locale: localeFrom(language, headers) };
    const text = (key: string) => this.i18n.text(reader, key, SAMPLE);
    const translations = {
      greeting: text('common:test.greeting'),
      unread_messages: text('common:test.unread_messages'),
      error: text('errors:chat.not_found'),
      push_title: text('push:test.title'),
      push_body: text('push:test.body'),
      distance: format(reader, 'distance', SAMPLE.distance),
      date: format(reader, 'moment', SAMPLE.at),
    };
    return { language, translations };
  }
}
