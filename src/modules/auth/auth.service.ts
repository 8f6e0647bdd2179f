import { Injectable, Logger } from '@nestjs/common';
import { runInContext, currentContext, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Unauthorized } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import { Authenticator } from 'src/core/http/authenticator';
import type { Login, Register, TokensView } from 'src/modules/auth/auth.dto';
import { InvalidCredentials, InvalidRefreshToken } from 'src/modules/auth/auth.errors';
import { Passwords } from 'src/modules/auth/passwords';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { Tokens, type Claims } from 'src/modules/auth/tokens';
import type { User } from 'src/modules/users/users.entities';
import { UsersService } from 'src/modules/users/users.service';
import { v7 as uuid } from 'uuid';

export interface Device {
  userAgent: string | null;
  ip: string;
}

export interface SignedIn {
  user: User;
  tokens: TokensView;
}

/** A refresh token that comes again this soon is a client's retry, not a thief: it gets the same successor. */
const RETRY_SECONDS = 10;

/** Sign-up, sign-in, and the sessions that access tokens live by. */
@Injectable()
export class AuthService extends Authenticator {
  private readonly logger = new Logger('Auth');

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly tokens: Tokens,
    private readonly sessions: SessionsRepository,
  ) {
    super();
  }

  /** Throws `user.email_taken` or `user.username_taken`. */
  async register({ email, username, password, ...names }: Register, device: Device): Promise<SignedIn> {
    const passwordHash = await this.passwords.hash(password);
    const displayName = names.display_name ?? names.full_name ?? null;
    return this.db.tx(async () => {
      const user = await this.users.create({ email, username, passwordHash, displayName, language: null });
      return { user, tokens: await this.open(user, device) };
    });
  }

  /** Throws `auth.invalid_credentials`: the same, and after the same time, for an unknown account and a wrong password. */
  async login({ email, username, password }: Login, device: Device): Promise<SignedIn> {
    const user = await this.users.findForLogin(email ?? username!);
    const matches = await this.passwords.matches(password, user?.passwordHash);
    if (!user || !matches || !user.isActive) throw InvalidCredentials();
    return { user, tokens: await this.db.tx(() => this.open(user, device)) };
  }

  /**
   * Exchanges a refresh token for a new pair. One that was exchanged before, longer ago than a retry takes, has been stolen from
   * somebody: then the whole session ends. Throws `auth.invalid_refresh_token`.
   */
  async refresh(token: string): Promise<TokensView> {
    const hash = this.tokens.hashRefresh(token);
    const tokens = await this.db.tx(async () => {
      const found = await this.sessions.lockRefreshToken(hash);
      if (!found) return undefined;
      const claims = { sub: found.user_id, sid: found.session_id, tid: found.tenant_id };
      if (found.used_seconds_ago !== null && found.used_seconds_ago > RETRY_SECONDS) {
        this.logger.warn(`a used refresh token came again: session ${claims.sid} of user ${claims.sub} ends`);
        await this.end(claims, 'revoked');
        return undefined;
      }
      await this.sessions.markUsed(hash);
      return this.issue(claims, this.tokens.nextRefresh(token));
    });
    if (!tokens) throw InvalidRefreshToken();
    return tokens;
  }

  async logout({ userId, sessionId, tenantId }: Principal): Promise<void> {
    await this.db.tx(() => this.end({ sub: userId, sid: sessionId, tid: tenantId }, 'signed_out'));
  }

  override async authenticate(token: string): Promise<Principal> {
    const { sub, sid, tid } = this.tokens.readAccess(token);
    const session = await this.sessions.live(sid);
    if (session?.user_id !== sub || session.tenant_id !== tid) throw Unauthorized();
    return { userId: sub, sessionId: sid, tenantId: tid, language: session.language };
  }

  private async open(user: User, { userAgent, ip }: Device): Promise<TokensView> {
    const id = uuid();
    await this.sessions.insert({ id, userId: user.id, userAgent: userAgent?.slice(0, 500) ?? null, ip });
    return this.issue({ sub: user.id, sid: id, tid: user.tenantId }, this.tokens.newRefresh());
  }

  private async issue(claims: Claims, refresh: string): Promise<TokensView> {
    await this.sessions.addRefreshToken(this.tokens.hashRefresh(refresh), claims.sid, this.tokens.refreshExpiry());
    return {
      access_token: this.tokens.signAccess(claims),
      refresh_token: refresh,
      token_type: 'bearer',
      expires_in: this.tokens.accessSeconds,
    };
  }

  private async end({ sid, tid }: Claims, reason: 'signed_out' | 'revoked') {
    if (!(await this.sessions.revoke(sid))) return;
    await runInContext({ ...currentContext(), tenantId: tid }, () =>
      this.bus.publish('session.ended', { session_id: sid, reason }),
    );
  }
}
