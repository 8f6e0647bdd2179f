import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { InvalidCode } from 'src/modules/auth/auth.errors';
import { CredentialsRepository } from 'src/modules/auth/credentials.repository';
import type { ResetPassword } from 'src/modules/auth/email.dto';
import { EmailCodesService, type Proof } from 'src/modules/auth/email-codes.service';
import { LoginThrottle } from 'src/modules/auth/login-throttle';
import { Passwords } from 'src/modules/auth/passwords';
import { SecurityLog } from 'src/modules/auth/security-log.service';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { UsersService } from 'src/modules/users/users.service';

/** What a person can do who reads the mail of an address: verify it, and set a new password. */
@Injectable()
export class EmailService {
  constructor(
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly codes: EmailCodesService,
    private readonly credentials: CredentialsRepository,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly throttle: LoginThrottle,
    private readonly log: SecurityLog,
    private readonly streams: Streams,
  ) {}

  async requestVerification(userId: string): Promise<void> {
    const { email } = await this.users.get(userId);
    await this.codes.request('verify', email);
  }

  /** Throws `auth.invalid_code`. */
  async verify(proof: Proof): Promise<void> {
    const hash = await this.codes.check('verify', proof);
    await this.db.tx(async () => {
      const { userId, email } = await this.codes.take('verify', hash);
      if (!(await this.credentials.markVerified(userId, email))) return;
      await this.log.note(userId, 'email_verified');
      await this.streams.append(userId, 'account_changed', { part: 'profile' });
    });
  }

  /** The same, and as quickly, whether or not there is an account. */
  async requestReset(email: string): Promise<void> {
    await this.codes.request('reset', email);
  }

  /**
   * Throws `auth.invalid_code`, alike for an unknown account, or `validation.failed` for a weak password, which uses no code up: costs no
   * try either, unless it is weak because of what only the account tells.
   */
  async reset({ email, code, token, new_password: password }: ResetPassword, ip: string): Promise<void> {
    this.passwords.requireStrong(password, 'new_password', [email ?? null]);
    const user = email && !token ? await this.users.findForLogin(email) : null;
    const hash = await this.codes.check('reset', token ? { token } : { userId: user?.id, code: code! });
    const passwordHash = await this.passwords.hash(password);
    const userId = await this.db.tx(async () => {
      const taken = await this.codes.take('reset', hash);
      const { email: present, username, displayName } = await this.users.get(taken.userId);
      if (present !== taken.email) throw InvalidCode(); // whoever reads the mail of an address before is nobody to the account
      this.passwords.requireStrong(password, 'new_password', [taken.email, username, displayName]);
      await this.credentials.setPasswordHash(taken.userId, passwordHash);
      await this.credentials.markVerified(taken.userId, taken.email);
      await this.log.note(taken.userId, 'password_reset', { ip });
      await this.sessions.endAll(taken.userId);
      return taken.userId;
    });
    await this.throttle.forgive({ account: userId, ip, known: false }).catch(() => undefined);
  }
}
