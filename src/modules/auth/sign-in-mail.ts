import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { format } from 'src/core/i18n/formats';
import { I18n } from 'src/core/i18n/i18n';
import { toMail } from 'src/core/mail/letter';
import { Mailer } from 'src/core/mail/mailer';
import { deviceName } from 'src/modules/auth/device-name';
import { SecurityLogRepository } from 'src/modules/auth/security-log.repository';
import { UsersService } from 'src/modules/users/users.service';

/** Mails about sign-ins that may be somebody else's doing. */
@Injectable()
export class SignInMail {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly users: UsersService,
    private readonly rows: SecurityLogRepository,
    private readonly i18n: I18n,
    private readonly mailer: Mailer,
  ) {}

  /** Tells a user of a sign-in, at an address that is his, unless he does not want to be told. */
  async send(eventId: number): Promise<void> {
    const event = await this.rows.byId(eventId);
    if (!event) return;
    const user = (await this.users.activeByIds([event.userId])).get(event.userId);
    if (!user?.isVerified || !(await this.rows.loginAlerts(user.id))) return;
    const reader = this.i18n.readerOf(user);
    const facts = {
      app: this.env.APP_NAME,
      name: user.displayName ?? user.username,
      device: deviceName(event.userAgent) ?? '?',
      address: event.ip ?? '?',
      time: format(reader, 'moment', event.createdAt),
    };
    const text = (key: string) => this.i18n.text(reader, `email:${key}`, facts);
    const letter = {
      subject: text('sign_in.subject'),
      greeting: text('greeting'),
      paragraphs: [text('sign_in.body'), `${facts.device} · ${facts.address} · ${facts.time}`],
      footer: text('sign_in.footer'),
    };
    await this.mailer.send(toMail(letter, { to: user.email, userId: user.id }), 'notice');
  }
}
