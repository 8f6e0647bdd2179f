import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Jobs } from 'src/core/jobs/jobs';
import { Streams } from 'src/core/streams/streams';
import { InvalidCode } from 'src/modules/auth/auth.errors';
import type { ChangeEmail } from 'src/modules/auth/email.dto';
import { EmailCodesService, type Proof } from 'src/modules/auth/email-codes.service';
import { PasswordsService } from 'src/modules/auth/passwords.service';
import { SecurityLog } from 'src/modules/auth/security-log.service';
import { TwoFactorService } from 'src/modules/auth/two-factor.service';
import { UsersService } from 'src/modules/users/users.service';

/** Other addresses for accounts: asked for by who knows the password, and theirs once somebody who reads their mail says so. */
@Injectable()
export class EmailChangesService {
  constructor(
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly factors: TwoFactorService,
    private readonly codes: EmailCodesService,
    private readonly log: SecurityLog,
    private readonly streams: Streams,
    private readonly jobs: Jobs,
  ) {}

  /**
   * Calls for a code to the new address; nobody is told whether it is taken. Asking for the one that the account has takes back what was
   * asked before. Throws `auth.wrong_password`, `auth.wrong_two_factor_code` if the second factor is on, or `rate_limit.exceeded`.
   */
  async request(userId: string, { new_email: email, password, code }: ChangeEmail, ip: string): Promise<void> {
    const proven = await this.passwords.prove(userId, password, ip);
    if (await this.factors.isOn(userId)) await this.factors.prove(userId, code ?? '', { ip });
    await this.codes.countChange(userId);
    await this.db.tx(async () => {
      await this.passwords.hold(userId, proven);
      if ((await this.users.get(userId)).email === email) await this.codes.withdrawChange(userId);
      else await this.codes.requestChange(userId, email);
    });
  }

  /**
   * The address is the account's from now on, and verified; again, within the time of the code, nothing happens. Throws
   * `auth.invalid_code`, or `user.email_taken` if another account has it.
   */
  async confirm(proof: Proof, ip: string): Promise<void> {
    const hash = await this.codes.check('change', proof);
    await this.db.tx(async () => {
      const { userId, email } = await this.codes.change(hash);
      const { email: before, isActive } = await this.users.get(userId);
      if (!isActive) throw InvalidCode();
      if (email === before) return;
      await this.users.changeEmail(userId, email);
      await this.codes.voidOfOldAddress(userId);
      await this.log.note(userId, 'email_changed', { ip });
      await this.streams.append(userId, 'account_changed', { part: 'profile' });
      await this.streams.append(userId, 'account_changed', { part: 'security' });
      await this.jobs.enqueue('auth.mail_email_changed', { user_id: userId, email: before });
    });
  }
}
