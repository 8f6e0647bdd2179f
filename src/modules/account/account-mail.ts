import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { I18n } from 'src/core/i18n/i18n';
import { toHtml, toText, type Letter } from 'src/core/mail/letter';
import { Mailer } from 'src/core/mail/mailer';
import { UsersService } from 'src/modules/users/users.service';

/** Letters about people's accounts, in their languages. */
@Injectable()
export class AccountMail {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly users: UsersService,
    private readonly mailer: Mailer,
    private readonly i18n: I18n,
  ) {}

  /** Carries the link only to an address that is known to be the user's, and if it leads to a server. */
  async exportReady(userId: string, url: string, expiresAt: Date): Promise<void> {
    const user = (await this.users.activeByIds([userId])).get(userId);
    if (!user) return;
    const language = this.i18n.known(user.language) ?? this.i18n.fallback;
    const until = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: user.timezone });
    const params = {
      app: this.env.APP_NAME,
      name: user.displayName ?? user.username,
      until: `${until.format(expiresAt)} (${user.timezone})`,
    };
    const text = (key: string) => this.i18n.text(language, `email:${key}`, params);
    const letter: Letter = {
      subject: text('export.subject'),
      greeting: text('greeting'),
      paragraphs: [text('export.body')],
      ...(user.isVerified && this.env.PUBLIC_URL && { link: { text: text('export.link'), url } }),
      footer: text('export.footer'),
    };
    await this.mailer.send({ to: user.email, subject: letter.subject, text: toText(letter), html: toHtml(letter) });
  }
}
