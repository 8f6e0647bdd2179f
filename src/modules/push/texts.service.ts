import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { Reader } from 'src/core/i18n/formats';
import { I18n } from 'src/core/i18n/i18n';
import type { NotificationTexts } from 'src/modules/push/push.entities';
import { TemplatesService } from 'src/modules/push/templates.service';

export interface Words {
  title: string;
  body: string;
}

const LONGEST_TITLE = 255;
/** All of a push must fit into FCM's 4 KiB. */
const LONGEST_BODY = 500;

/** Puts notifications into words. */
@Injectable()
export class TextsService {
  constructor(
    private readonly i18n: I18n,
    private readonly templates: TemplatesService,
    @Inject(ENV) private readonly env: Pick<Env, 'APP_NAME'>,
  ) {}

  /** The first of the languages that has texts. */
  languageOf(...wanted: (string | null | undefined)[]): string {
    for (const language of wanted) {
      const known = this.i18n.known(language);
      if (known) return known;
    }
    return this.i18n.fallback;
  }

  /** `count`, if more than one, tells of all of them in the words of their summary. */
  words({ title, body, summary }: NotificationTexts, reader: Reader, count = 1): Words {
    const said = summary && count > 1 ? { key: summary.key, params: { ...summary.params, count } } : body;
    return {
      title: shorten(this.templates.text(title, reader), LONGEST_TITLE),
      body: shorten(this.templates.text(said, reader), LONGEST_BODY),
    };
  }

  /** What is said where content must not be: that there is something, and of what kind. */
  discreet(kind: string, reader: Reader, count = 1): Words {
    return {
      title: this.env.APP_NAME,
      body: this.templates.text({ key: `discreet.${kind}.body`, params: { count } }, reader),
    };
  }
}

/** At most `longest` characters, the last of them "…" if some are missing. */
function shorten(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
}
