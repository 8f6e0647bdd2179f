import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { SecurityLogRepository } from 'src/modules/auth/security-log.repository';
import type { SecurityView, UpdateSecurity } from 'src/modules/auth/security.dto';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { TwoFactorService } from 'src/modules/auth/two-factor.service';
import { UsersService } from 'src/modules/users/users.service';

/** How safe an account is. */
@Injectable()
export class SecurityService {
  constructor(
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly factors: TwoFactorService,
    private readonly sessions: SessionsRepository,
    private readonly rows: SecurityLogRepository,
    private readonly streams: Streams,
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
    if (loginAlerts !== undefined)
      await this.db.tx(async () => {
        await this.rows.setLoginAlerts(userId, loginAlerts);
        await this.streams.append(userId, 'account_changed', { part: 'security' });
      });
    return this.of(userId);
  }
}
