import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { WrongPassword } from 'src/modules/auth/auth.errors';
import { CredentialsRepository } from 'src/modules/auth/credentials.repository';
import { PasswordProof } from 'src/modules/auth/password-proof';
import { Passwords } from 'src/modules/auth/passwords';
import { SecurityLog } from 'src/modules/auth/security-log.service';
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
    private readonly proof: PasswordProof,
    private readonly log: SecurityLog,
  ) {}

  /** Throws `auth.wrong_password`, or `validation.failed` for a weak one. The caller's own session goes on. */
  async change({ userId, sessionId }: Principal, current: string, next: string, ip: string): Promise<void> {
    const proven = await this.prove(userId, current, ip);
    await this.requireStrong(userId, next);
    const hash = await this.passwords.hash(next);
    await this.db.tx(async () => {
      // it may have been reset meanwhile, by whoever reads the mail of the account
      if (!(await this.credentials.replacePasswordHash(userId, proven, hash))) throw WrongPassword();
      await this.log.note(userId, 'password_changed', { ip });
      await this.sessions.endAll(userId, sessionId);
    });
  }

  /**
   * Throws `auth.wrong_password` unless it is the user's password; tries are counted as those of signing in. Comparing takes its time:
   * what was proven is to be held by who does something by it.
   */
  async prove(userId: string, password: string, ip: string): Promise<string> {
    const user = await this.users.get(userId);
    if (!(await this.proof.ofUser(user, password, ip))) throw WrongPassword();
    return user.passwordHash;
  }

  /** To the end of the open transaction the user's password is the one that was proven. Throws `auth.wrong_password` if it is not any more. */
  async hold(userId: string, proven: string): Promise<void> {
    if (!(await this.credentials.holdsAlone(userId, proven))) throw WrongPassword();
  }

  private async requireStrong(userId: string, password: string) {
    const { email, username, displayName } = await this.users.get(userId);
    this.passwords.requireStrong(password, 'new_password', [email, username, displayName]);
  }
}
