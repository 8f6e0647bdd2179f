import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { WrongPassword } from 'src/modules/auth/auth.errors';
import { CredentialsRepository } from 'src/modules/auth/credentials.repository';
import { LoginThrottle } from 'src/modules/auth/login-throttle';
import { Passwords } from 'src/modules/auth/passwords';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { UsersService } from 'src/modules/users/users.service';

/** Changes of a password, which end the sessions that were opened by the old one. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly credentials: CredentialsRepository,
    private readonly sessions: SessionsService,
    private readonly throttle: LoginThrottle,
  ) {}

  /** Throws `auth.wrong_password`, or `validation.failed` for a weak one. The caller's own session goes on. */
  async change({ userId, sessionId }: Principal, current: string, next: string, ip: string): Promise<void> {
    await this.prove(userId, current, ip);
    await this.requireStrong(userId, next);
    await this.replace(userId, await this.passwords.hash(next), sessionId);
  }

  /** Throws `auth.wrong_password` unless it is the user's password; tries are counted as those of signing in. */
  async prove(userId: string, password: string, ip: string): Promise<void> {
    const { passwordHash } = await this.users.get(userId);
    const attempt = { account: userId, ip, known: true };
    await this.throttle.take(attempt);
    if (!(await this.passwords.matches(password, passwordHash))) throw WrongPassword();
    await this.throttle.forgive(attempt);
  }

  private async requireStrong(userId: string, password: string) {
    const { email, username, displayName } = await this.users.get(userId);
    this.passwords.requireStrong(password, 'new_password', [email, username, displayName]);
  }

  private async replace(userId: string, hash: string, exceptSessionId?: string) {
    await this.db.tx(async () => {
      await this.credentials.setPasswordHash(userId, hash);
      await this.sessions.endAll(userId, exceptSessionId);
    });
  }
}
