import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { I18n } from 'src/core/i18n/i18n';
import { toMail, type Letter } from 'src/core/mail/letter';
import { Mailer } from 'src/core/mail/mailer';
import type { User } from 'src/modules/users/users.entities';
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
    await this.send(user, 'export', expiresAt, user.isVerified && this.env.PUBLIC_URL ? url : undefined);
  }

  /** Nothing is sent to who has come back meanwhile. */
  async deletionScheduled(userId: string): Promise<void> {
    const user = (await this.users.byIds([userId])).get(userId);
    if (user?.deletionDueAt && !user.deletedAt) await this.send(user, 'deletion', user.deletionDueAt);
  }

  async deletionBegins(user: User): Promise<void> {
    await this.send(user, 'deleted');
  }

  private async send(user: User, about: 'export' | 'deletion' | 'deleted', until?: Date, url?: string): Promise<void> {
    const reader = this.i18n.readerOf(user);
    const params = { app: this.env.APP_NAME, name: user.displayName ?? user.username, until };
    const text = (key: string) => this.i18n.text(reader, `email:${key}`, params);
    const letter: Letter = {
      subject: text(`${about}.subject`),
      greeting: text('greeting'),
      paragraphs: [text(`${about}.body`)],
      ...(url && { link: { text: text(`${about}.link`), url } }),
      footer: text(`${about}.footer`),
    };
    await this.mailer.send(toMail(letter, { to: user.email, userId: user.id }), 'notice');
  }
}
