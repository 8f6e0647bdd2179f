import { Injectable, Logger } from '@nestjs/common';
import { currentContext, runInContext, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { gathered } from 'src/core/database/group-commit';
import { Unauthorized } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import { Authenticator } from 'src/core/http/authenticator';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import type { TokensView } from 'src/modules/auth/auth.dto';
import type { Session } from 'src/modules/auth/auth.entities';
import { InvalidRefreshToken, SessionNotFound } from 'src/modules/auth/auth.errors';
import type { Attempt } from 'src/modules/auth/login-throttle';
import { SecurityLog, type SecurityEventName } from 'src/modules/auth/security-log.service';
import { SessionsRepository, type LiveSession } from 'src/modules/auth/sessions.repository';
import { Tokens, type Claims } from 'src/modules/auth/tokens';
import type { User } from 'src/modules/users/users.entities';
import { NIL, v7 as uuid } from 'uuid';
import { z } from 'zod';

export interface Device {
  userAgent: string | null;
  ip: string;
}

type Reason = 'signed_out' | 'revoked';
const ENDS = { signed_out: 'signed_out', revoked: 'session_revoked' } as const;

/** A refresh token that comes again this soon is a client's retry, not a thief: it gets the same successor. */
const RETRY_SECONDS = 10;

/** Sessions, one for each sign-in of a device: what access and refresh tokens live by. */
@Injectable()
export class SessionsService extends Authenticator {
  private readonly logger = new Logger('Sessions');

  /** PostgreSQL is asked at every request, but by those that come at once together. */
  private readonly lookUps = gathered<string, LiveSession | undefined>(async (ids) => {
    const live = new Map((await this.sessions.live([...new Set(ids)])).map((session) => [session.id, session]));
    const idle = [...live.values()].filter((session) => session.idle).map(({ id }) => id);
    if (idle.length) await this.sessions.touch(idle);
    return ids.map((id) => live.get(id));
  });

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly tokens: Tokens,
    private readonly sessions: SessionsRepository,
    private readonly log: SecurityLog,
  ) {
    super();
  }

  override async authenticate(token: string): Promise<Principal> {
    const { sub, sid, tid } = this.tokens.readAccess(token);
    const session = await this.lookUps(sid);
    if (session?.user_id !== sub || session.tenant_id !== tid) throw Unauthorized();
    return { userId: sub, sessionId: sid, tenantId: tid, language: session.language };
  }

  /**
   * Throws `auth.unauthorized` if the session has ended since its request was let in. To be asked under a lock that is also taken by
   * whoever makes an end, by `session.ended`, of what the session has begun: then nothing is begun behind his back.
   */
  async requireLive(sessionId: string): Promise<void> {
    if (!(await this.sessions.live([sessionId])).length) throw Unauthorized();
  }

  /** Signs a device in, within the open transaction of whoever proved that it may. */
  async open(
    user: Pick<User, 'id' | 'tenantId'>,
    { userAgent, ip }: Device,
    how: 'registered' | 'signed_in',
  ): Promise<TokensView> {
    const id = uuid();
    await this.sessions.insert({ id, userId: user.id, userAgent: userAgent?.slice(0, 500) ?? null, ip });
    if (how === 'registered') await this.log.note(user.id, how, { userAgent, ip });
    else await this.log.noteSignIn(user.id, { userAgent, ip });
    const refresh = this.tokens.newRefresh();
    await this.sessions.addRefreshToken(this.tokens.hashRefresh(refresh), id, this.tokens.refreshExpiry());
    return this.pair({ sub: user.id, sid: id, tid: user.tenantId }, refresh);
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
        await runInContext({ ...currentContext(), tenantId: claims.tid }, () =>
          this.end([claims.sid], 'revoked', 'refresh_token_reused'),
        );
        return undefined;
      }
      const next = this.tokens.nextRefresh(token);
      await this.sessions.exchange(hash, this.tokens.hashRefresh(next), claims.sid, this.tokens.refreshExpiry());
      return this.pair(claims, next);
    });
    if (!tokens) throw InvalidRefreshToken();
    return tokens;
  }

  /** A try to sign in to the account of a user, or of the name that was given if there is none. */
  async attempt(userId: string | undefined, name: string, ip: string): Promise<Attempt> {
    return { account: userId ?? name, ip, known: await this.sessions.knows(userId ?? NIL, ip) };
  }

  /** Those of a user that are live, newest first. */
  async list(userId: string, { limit, cursor }: PageQuery): Promise<Page<Session>> {
    const rows = await this.sessions.list(userId, limit + 1, placeOf(z.uuid(), cursor));
    return toPage(rows, limit, ({ id }) => id);
  }

  /** Ends the caller's own session, if it has not ended at this moment. */
  async signOut({ sessionId }: Principal): Promise<void> {
    await this.db.tx(() => this.end([sessionId], 'signed_out'));
  }

  /** Ends a live session of the user. Throws `session.not_found`. */
  async endOne(userId: string, sessionId: string): Promise<void> {
    await this.db.tx(async () => {
      if (!(await this.sessions.liveIdsOf(userId)).includes(sessionId)) throw SessionNotFound();
      await this.end([sessionId], 'revoked');
    });
  }

  /** Ends all sessions of the user but one, or all. */
  async endAll(userId: string, exceptSessionId?: string): Promise<void> {
    await this.db.tx(async () => {
      const ids = await this.sessions.liveIdsOf(userId);
      await this.end(
        ids.filter((id) => id !== exceptSessionId),
        'revoked',
      );
    });
  }

  /** Those of the sessions that have ended. */
  async ended(sessionIds: string[]): Promise<Set<string>> {
    return new Set(await this.sessions.endedAmong(sessionIds));
  }

  private pair(claims: Claims, refresh: string): TokensView {
    return {
      access_token: this.tokens.signAccess(claims),
      refresh_token: refresh,
      token_type: 'bearer',
      expires_in: this.tokens.accessSeconds,
    };
  }

  private async end(sessionIds: string[], reason: Reason, event: SecurityEventName = ENDS[reason]) {
    const ended = await this.sessions.revoke(sessionIds);
    await this.log.noteEnds(ended, event);
    const context = currentContext();
    const facts = ended.map((id) => ({ payload: { session_id: id, reason }, context }));
    await this.bus.publishAll('session.ended', facts);
  }
}
