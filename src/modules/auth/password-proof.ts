import { Injectable } from '@nestjs/common';
import { LoginThrottle } from 'src/modules/auth/login-throttle';
import { Passwords } from 'src/modules/auth/passwords';
import { SecurityLog, type Doer } from 'src/modules/auth/security-log.service';
import { SessionsService } from 'src/modules/auth/sessions.service';
import type { User } from 'src/modules/users/users.entities';

/** Asks for the password of an account: counts the tries, and notes those that fail. */
@Injectable()
export class PasswordProof {
  constructor(
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
    private readonly throttle: LoginThrottle,
    private readonly log: SecurityLog,
  ) {}

  /**
   * Whether somebody who would sign in to the account of `name` knows its password. Takes as long, and as many tries, if there is
   * none (`user` null). Throws `rate_limit.exceeded` after too many.
   */
  async atSignIn(user: User | null, name: string, password: string, doer: Doer & { ip: string }): Promise<boolean> {
    const attempt = await this.sessions.attempt(user?.id, name.trim().toLowerCase(), doer.ip);
    await this.throttle.take(attempt);
    const matches = await this.passwords.matches(password, user?.passwordHash);
    if (matches) await this.throttle.forgive(attempt);
    else if (user) this.log.noteFailure(user.id, 'sign_in_failed', doer);
    return matches;
  }

  /** Whether a user who is signed in knows his password. Throws `rate_limit.exceeded` after too many tries. */
  async ofUser({ id, passwordHash }: User, password: string, ip: string): Promise<boolean> {
    const attempt = { account: id, ip, known: true };
    await this.throttle.take(attempt);
    const matches = await this.passwords.matches(password, passwordHash);
    if (matches) await this.throttle.forgive(attempt);
    else this.log.noteFailure(id, 'password_failed', { ip });
    return matches;
  }
}
