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
    await this.prove(userId, current, ip);
    await this.requireStrong(userId, next);
    await this.replace(userId, await this.passwords.hash(next), sessionId, ip);
  }

  /** Throws `auth.wrong_password` unless it is the user's password; tries are counted as those of signing in. */
  async prove(userId: string, password: string, ip: string): Promise<void> {
    if (!(await this.proof.ofUser(await this.users.get(userId), password, ip))) throw WrongPassword();
  }

  private async requireStrong(userId: string, password: string) {
    const { email, username, displayName } = await this.users.get(userId);
    this.passwords.requireStrong(password, 'new_password', [email, username, displayName]);
  }

  private async replace(userId: string, hash: string, exceptSessionId: string, ip: string) {
    await this.db.tx(async () => {
      await this.credentials.setPasswordHash(userId, hash);
      await this.log.note(userId, 'password_changed', { ip });
      await this.sessions.endAll(userId, exceptSessionId);
    });
  }
}
