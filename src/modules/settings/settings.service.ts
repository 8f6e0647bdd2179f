import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { AccountsService } from 'src/modules/users/accounts.service';

/** What users do to their own accounts as a whole. */
@Injectable()
export class SettingsService {
  constructor(
    private readonly db: Database,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
  ) {}

  /** Closes the user's account and ends all his sessions: nobody finds, sees or reaches him. What he wrote stays. */
  async deactivate({ userId }: Principal): Promise<void> {
    await this.db.tx(async () => {
      await this.accounts.deactivate(userId);
      await this.sessions.endAll(userId);
    });
  }
}
