import { applyDecorators, Inject, Injectable, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { Forbidden, Unauthorized } from 'src/core/errors/common.errors';
import { Authenticator, bearerToken } from 'src/core/http/authenticator';
import { Public } from 'src/core/http/decorators';
import { RoleBook } from 'src/core/http/roles';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether a secret is the expected one; how long it takes does not tell how much of it is. */
export const isSame = (given: string, expected: string) => timingSafeEqual(digest(given), digest(expected));

/** Lets admins pass, and other programs of the operator's that know the service key. */
@Injectable()
export class AdminOrServiceGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly roles: RoleBook,
    @Inject(ENV) private readonly env: Pick<Env, 'SERVICE_KEY'>,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const { headers } = execution.switchToHttp().getRequest<FastifyRequest>();
    const key = headers['x-service-key'];
    if (typeof key === 'string') {
      if (this.env.SERVICE_KEY && isSame(key, this.env.SERVICE_KEY)) return true;
      throw Unauthorized();
    }
    const token = bearerToken(headers.authorization);
    if (!token) throw Unauthorized();
    const context = currentContext();
    context.user = await this.authenticator.authenticate(token);
    context.tenantId = context.user.tenantId;
    if ((await this.roles.roleOf(context.user.userId)) !== 'admin') throw Forbidden();
    return true;
  }
}

/** Closes a route to all but admins and holders of `SERVICE_KEY` (header `X-Service-Key`); the module must know `RoleBook`. */
export const AdminOrService = () => applyDecorators(Public(), UseGuards(AdminOrServiceGuard));
