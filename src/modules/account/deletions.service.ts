import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import type { DeleteAccount } from 'src/modules/account/deletions.dto';
import { ErasuresService } from 'src/modules/account/erasures.service';
import { PasswordsService } from 'src/modules/auth/passwords.service';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { TwoFactorService } from 'src/modules/auth/two-factor.service';
import { AccountsService } from 'src/modules/users/accounts.service';

/** Users who leave: their accounts are closed at once, and deleted after some days unless they come back. */
@Injectable()
export class DeletionsService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly passwords: PasswordsService,
    private readonly factors: TwoFactorService,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly erasures: ErasuresService,
  ) {}

  /**
   * Closes the account, ends all its sessions, and says when it will be deleted. Throws `auth.wrong_password`, or
   * `auth.wrong_two_factor_code` if the second factor is on.
   */
  async request(userId: string, { password, code, immediately }: DeleteAccount, ip: string): Promise<Date> {
    const proven = await this.passwords.prove(userId, password, ip);
    if (await this.factors.isOn(userId)) await this.factors.prove(userId, code ?? '', { ip });
    return this.db.tx(async () => {
      await this.passwords.hold(userId, proven);
      const due = await this.accounts.scheduleDeletion(userId, immediately ? 0 : this.env.ACCOUNT_DELETION_GRACE_DAYS);
      await this.sessions.endAll(userId);
      if (immediately) await this.erasures.begin(userId);
      else await this.bus.publish('account.deletion_scheduled', { user_id: userId });
      return due;
    });
  }
}
