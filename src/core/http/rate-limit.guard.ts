import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { RATE_LIMIT, type RateLimitRule } from 'src/core/http/decorators';
import { RateLimits } from 'src/core/http/rate-limits';

const MINUTE = 60;

/** Limits requests by account, or by address where there is none, and says in headers what is left. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
    @Inject(ENV) private readonly env: Env,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    const special = this.reflector.get<RateLimitRule | undefined>(RATE_LIMIT, execution.getHandler());
    if (special) await this.limits.consume(special, request.ip);
    const { user } = currentContext();
    const rule = { name: user ? 'account' : 'address', points: this.env.RATE_LIMIT_PER_MINUTE, seconds: MINUTE };
    const { limit, remaining, resetSeconds } = await this.limits.consume(rule, user?.userId ?? request.ip);
    void reply.headers({
      'RateLimit-Policy': `${limit};w=${MINUTE}`,
      'RateLimit-Limit': limit,
      'RateLimit-Remaining': remaining,
      'RateLimit-Reset': resetSeconds,
    });
    return true;
  }
}
