import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { RATE_LIMIT, type RateLimitRule } from 'src/core/http/decorators';
import { RateLimits } from 'src/core/http/rate-limits';
import { remembered } from 'src/core/http/remembered';

const MINUTE = 60;

/** Limits requests by account, or by address where there is none, and says in headers what is left. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly special = remembered((execution) =>
    this.reflector.get<RateLimitRule | undefined>(RATE_LIMIT, execution.getHandler()),
  );
  private readonly ofAccounts: RateLimitRule;
  private readonly ofAddresses: RateLimitRule;

  constructor(
    private readonly reflector: Reflector,
    private readonly limits: RateLimits,
    @Inject(ENV) { RATE_LIMIT_PER_MINUTE: points }: Env,
  ) {
    this.ofAccounts = { name: 'account', points, seconds: MINUTE };
    this.ofAddresses = { name: 'address', points, seconds: MINUTE };
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const http = execution.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    const special = this.special(execution);
    if (special) await this.limits.consume(special, request.ip);
    const { user } = currentContext();
    const { limit, remaining, resetSeconds } = user
      ? await this.limits.consume(this.ofAccounts, user.userId)
      : await this.limits.consume(this.ofAddresses, request.ip);
    void reply.headers({
      'ratelimit-policy': `${limit};w=${MINUTE}`,
      'ratelimit-limit': limit,
      'ratelimit-remaining': remaining,
      'ratelimit-reset': resetSeconds,
    });
    return true;
  }
}
