import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { WrongPassword } from 'src/modules/auth/auth.errors';
import { CredentialsRepository } from 'src/modules/auth/credentials.repository';
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
  ) {}

  /** Throws `auth.wrong_password`. The caller's own session goes on. */
  async change({ userId, sessionId }: Principal, current: string, next: string): Promise<void> {
    await this.prove(userId, current);
    await this.replace(userId, await this.passwords.hash(next), sessionId);
  }

  /** Throws `auth.wrong_password` unless it is the user's password. */
  async prove(userId: string, password: string): Promise<void> {
    const { passwordHash } = await this.users.get(userId);
    if (!(await this.passwords.matches(password, passwordHash))) throw WrongPassword();
  }

  private async replace(userId: string, hash: string, exceptSessionId?: string) {
    await this.db.tx(async () => {
      await this.credentials.setPasswordHash(userId, hash);
      await this.sessions.endAll(userId, exceptSessionId);
    });
  }
}
