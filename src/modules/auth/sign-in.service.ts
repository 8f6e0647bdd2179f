import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { AppError } from 'src/core/errors/app-error';
import type { Login, TokensView } from 'src/modules/auth/auth.dto';
import { AccountSuspended, InvalidCredentials, TwoFactorRequired } from 'src/modules/auth/auth.errors';
import { CredentialsRepository } from 'src/modules/auth/credentials.repository';
import { PasswordProof } from 'src/modules/auth/password-proof';
import { SessionsService, type Device } from 'src/modules/auth/sessions.service';
import { Tokens } from 'src/modules/auth/tokens';
import type { LoginWithCode } from 'src/modules/auth/two-factor.dto';
import { TwoFactorService } from 'src/modules/auth/two-factor.service';
import type { User } from 'src/modules/users/users.entities';
import { UsersService } from 'src/modules/users/users.service';

export interface SignedIn {
  user: User;
  tokens: TokensView;
}

/** Opens sessions for those who prove who they are. */
@Injectable()
export class SignInService {
  constructor(
    private readonly db: Database,
    private readonly users: UsersService,
    private readonly credentials: CredentialsRepository,
    private readonly sessions: SessionsService,
    private readonly proof: PasswordProof,
    private readonly tokens: Tokens,
    private readonly twoFactor: TwoFactorService,
  ) {}

  /**
   * Throws `auth.invalid_credentials`: the same, and after the same time, for an unknown account and a wrong password; and
   * `rate_limit.exceeded` after too many of either. Who had closed his account opens it by this; who is kept out is told so,
   * `auth.account_suspended`. With a second factor throws `auth.two_factor_required` with a challenge.
   */
  async login({ email, username, password }: Login, device: Device): Promise<SignedIn> {
    const user = await this.users.findForLogin(email ?? username!);
    if (!(await this.proof.atSignIn(user, email ?? username!, password, device)) || !user) throw InvalidCredentials();
    if (await this.twoFactor.isOn(user.id)) {
      const pwd = this.tokens.fingerprint(user.passwordHash);
      throw TwoFactorRequired({ ...this.tokens.signChallenge({ sub: user.id, tid: user.tenantId, pwd }) });
    }
    return this.open(user, device);
  }

  /** Throws `auth.invalid_credentials` if the challenge is not good (any more), `auth.wrong_two_factor_code` or `auth.account_suspended`. */
  async loginWithCode({ challenge, code }: LoginWithCode, device: Device): Promise<SignedIn> {
    const claims = this.tokens.readChallenge(challenge);
    if (!claims || claims.tid !== currentContext().tenantId) throw InvalidCredentials();
    const user = (await this.users.byIds([claims.sub])).get(claims.sub);
    if (!user || this.tokens.fingerprint(user.passwordHash) !== claims.pwd) throw InvalidCredentials();
    await this.twoFactor.prove(user.id, code, device);
    return this.open(user, device);
  }

  private open(user: User, device: Device): Promise<SignedIn> {
    return this.db.tx(async () => {
      await this.credentials.reopen(user.id);
      // the password may have been changed while it was compared, and that ends all sessions it has opened
      if (!(await this.credentials.holds(user.id, user.passwordHash))) throw await this.refusalOf(user);
      return { user: await this.users.get(user.id), tokens: await this.sessions.open(user, device, 'signed_in') };
    });
  }

  /** Why somebody who knew a password a moment ago is not let in. */
  private async refusalOf({ id, passwordHash }: User): Promise<AppError> {
    const now = (await this.users.byIds([id])).get(id);
    return now?.suspendedAt && now.passwordHash === passwordHash ? AccountSuspended() : InvalidCredentials();
  }
}
