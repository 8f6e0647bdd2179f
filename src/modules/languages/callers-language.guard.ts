import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentContext } from 'src/core/context/context';
import { Authenticator, bearerToken } from 'src/core/http/authenticator';
import { I18n } from 'src/core/i18n/i18n';

/** On open routes: lets everybody pass, and gives who brings a good token and asks for no language his own. */
@Injectable()
export class CallersLanguage implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly i18n: I18n,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const { headers } = execution.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(headers.authorization);
    if (!token || this.i18n.requested(headers)) return true;
    const user = await this.authenticator.authenticate(token).catch(() => undefined);
    const context = currentContext();
    context.language = this.i18n.known(user?.language) ?? context.language;
    return true;
  }
}
