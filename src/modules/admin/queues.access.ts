import { Inject, Injectable } from '@nestjs/common';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { runInContext, currentContext, type Principal } from 'src/core/context/context';
import { RoleBook } from 'src/core/http/roles';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { AuditService } from 'src/modules/audit/audit.service';

export const QUEUES_PATH = '/admin/queues';
const COOKIE = 'muster_queues';
const MINUTES = 15;

/**
 * Lets admins' browsers see the queues' page, which can send no access token: for a quarter of an hour, by a cookie that is good for
 * nothing else. It ends with the session of the token that it was given for, and with the role.
 */
@Injectable()
export class QueuesAccess {
  constructor(
    @Inject(ENV) private readonly env: Pick<Env, 'JWT_SECRET_KEY' | 'ENVIRONMENT'>,
    private readonly roles: RoleBook,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
  ) {}

  /** The value of `Set-Cookie` for an admin. */
  async grant(user: Principal): Promise<string> {
    await this.audit.note(user, 'queues.opened', null);
    const until = Date.now() + MINUTES * 60_000;
    const claims = [user.tenantId, user.userId, user.sessionId, until].join('.');
    return this.cookie(`${claims}.${this.sign(claims)}`, MINUTES * 60);
  }

  revoke = (): string => this.cookie('', 0);

  /** Does the request carry the cookie of somebody who is an admin now? */
  async admits(cookies: string | undefined): Promise<boolean> {
    const value = cookies?.split(/; */).find((one) => one.startsWith(`${COOKIE}=`));
    const match = /^[^=]+=(([\w-]+)\.([\w-]+)\.([\w-]+)\.(\d+))\.([\w-]+)$/.exec(value ?? '');
    if (!match) return false;
    const [, claims, tenantId, userId, sessionId, until, signature] = match as unknown as string[];
    const [given, right] = [Buffer.from(signature!), Buffer.from(this.sign(claims!))];
    if (given.length !== right.length || !timingSafeEqual(given, right) || Number(until) < Date.now()) return false;
    if ((await this.sessions.ended([sessionId!])).has(sessionId!)) return false;
    return runInContext({ ...currentContext(), tenantId: tenantId! }, () => this.isAdmin(userId!));
  }

  private isAdmin(userId: string): Promise<boolean> {
    return this.roles.roleOf(userId).then(
      (role) => role === 'admin',
      () => false,
    );
  }

  private sign = (claims: string): string =>
    createHmac('sha256', this.env.JWT_SECRET_KEY).update(`queues page:${claims}`).digest('base64url');

  private cookie(value: string, maxAge: number): string {
    const secure = this.env.ENVIRONMENT === 'production' ? '; Secure' : '';
    return `${COOKIE}=${value}; Path=${QUEUES_PATH}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
  }
}
