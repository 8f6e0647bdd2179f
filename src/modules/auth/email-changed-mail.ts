import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { I18n } from 'src/core/i18n/i18n';
import { toMail } from 'src/core/mail/letter';
import { Mailer } from 'src/core/mail/mailer';
import { UsersService } from 'src/modules/users/users.service';

/** Tells whoever reads an address that it is no more the one of an account: it may have been taken from him. */
@Injectable()
export class EmailChangedMail {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly users: UsersService,
    private readonly i18n: I18n,
    private readonly mailer: Mailer,
  ) {}

  /** To the address before, verified or not, in the language of the user; the new one is not in it. Nothing if he is gone. */
  async send(userId: string, to: string): Promise<void> {
    const user = (await this.users.byIds([userId])).get(userId);
    if (!user || user.deletedAt) return;
    const facts = { app: this.env.APP_NAME, name: user.displayName ?? user.username };
    const text = (key: string) => this.i18n.text(this.i18n.readerOf(user), `email:${key}`, facts);
    const letter = {
      subject: text('email_changed.subject'),
      greeting: text('greeting'),
      paragraphs: [text('email_changed.body')],
      footer: text('email_changed.footer'),
    };
    await this.mailer.send(toMail(letter, { to, userId }), 'alarm');
  }
}
