import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { Database } from 'src/core/database/database';
import { format } from 'src/core/i18n/formats';
import { I18n } from 'src/core/i18n/i18n';
import { toHtml, toText } from 'src/core/mail/letter';
import { Mailer } from 'src/core/mail/mailer';
import { deviceName } from 'src/modules/auth/device-name';
import { SecurityLogRepository } from 'src/modules/auth/security-log.repository';
import type { SecurityView, UpdateSecurity } from 'src/modules/auth/security.dto';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { TwoFactorService } from 'src/modules/auth/two-factor.service';
import { UsersService } from 'src/modules/users/users.service';

/** How safe an account is, and mails about what may be somebody else's doing. */
@Injectable()
export class SecurityService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly factors: TwoFactorService,
    private readonly sessions: SessionsRepository,
    private readonly rows: SecurityLogRepository,
    private readonly i18n: I18n,
    private readonly mailer: Mailer,
  ) {}

  async of(userId: string): Promise<SecurityView> {
    const { enabled, recoveryCodesLeft } = await this.factors.status(userId);
    return {
      login_alerts: await this.rows.loginAlerts(userId),
      two_factor_enabled: enabled,
      recovery_codes_left: recoveryCodesLeft,
      is_verified: (await this.users.get(userId)).isVerified,
      active_sessions: (await this.sessions.liveIdsOf(userId)).length,
    };
  }

  /** Changes what is given. */
  async update(userId: string, { login_alerts: loginAlerts }: UpdateSecurity): Promise<SecurityView> {
    if (loginAlerts !== undefined) await this.db.tx(() => this.rows.setLoginAlerts(userId, loginAlerts));
    return this.of(userId);
  }

  /** Tells a user of a sign-in, at an address that is his, unless he does not want to be told. */
  async mailSignIn(eventId: number): Promise<void> {
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
    const mail = { to: user.email, subject: letter.subject, text: toText(letter), html: toHtml(letter) };
    await this.mailer.send(mail, 'notice');
  }
}
