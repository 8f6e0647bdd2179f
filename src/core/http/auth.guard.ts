import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { currentContext } from 'src/core/context/context';
import { Unauthorized } from 'src/core/errors/common.errors';
import { Authenticator, bearerToken } from 'src/core/http/authenticator';
import { PUBLIC } from 'src/core/http/decorators';
import { remembered } from 'src/core/http/remembered';
import { I18n } from 'src/core/i18n/i18n';

/** Deny by default: a route without `@Public()` needs a good access token, whose user then is in the context. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly isPublic = remembered((execution) =>
    this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [execution.getHandler(), execution.getClass()]),
  );

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly i18n: I18n,
  ) {}

  canActivate(execution: ExecutionContext): true | Promise<true> {
    return this.isPublic(execution) || this.admit(execution.switchToHttp().getRequest<FastifyRequest>());
  }

  private async admit({ headers }: FastifyRequest): Promise<true> {
    const token = bearerToken(headers.authorization);
    if (!token) throw Unauthorized();
    const context = currentContext();
    context.user = await this.authenticator.authenticate(token);
    context.tenantId = context.user.tenantId;
    if (!this.i18n.requested(headers)) context.language = this.i18n.known(context.user.language) ?? context.language;
    return true;
  }
}
