import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { Register } from 'src/modules/auth/auth.dto';
import { Passwords } from 'src/modules/auth/passwords';
import { SessionsService, type Device } from 'src/modules/auth/sessions.service';
import type { SignedIn } from 'src/modules/auth/sign-in.service';
import { UsersService } from 'src/modules/users/users.service';

@Injectable()
export class SignUpService {
  constructor(
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly sessions: SessionsService,
  ) {}

  /** A new account, signed in. Throws `validation.failed` for a weak password, `user.email_taken` or `user.username_taken`. */
  async register({ email, username, password, ...names }: Register, device: Device): Promise<SignedIn> {
    const displayName = names.display_name ?? names.full_name ?? null;
    this.passwords.requireStrong(password, 'password', [email, username, displayName]);
    const passwordHash = await this.passwords.hash(password);
    return this.db.tx(async () => {
      const user = await this.users.create({ email, username, passwordHash, displayName, language: null });
      return { user, tokens: await this.sessions.open(user, device, 'registered') };
    });
  }
}
