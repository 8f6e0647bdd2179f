import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { AppError } from 'src/core/errors/app-error';
import { RATE_LIMIT, UNLIMITED, type RateLimitRule } from 'src/core/http/decorators';
import { networkOf } from 'src/core/http/network';
import { RateLimits, type Allowance } from 'src/core/http/rate-limits';
import { remembered } from 'src/core/http/remembered';

const MINUTE = 60;

/** Limits requests by account, or by network where there is none, and says in headers what is left. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  private readonly special = remembered((execution) =>
    this.reflector.get<RateLimitRule | undefined>(RATE_LIMIT, execution.getHandler()),
  );
  private readonly isUnlimited = remembered((execution) =>
    this.reflector.get<boolean | undefined>(UNLIMITED, execution.getClass()),
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
    if (this.isUnlimited(execution)) return true;
    const http = execution.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    const special = this.special(execution);
    if (special) await this.take(special, networkOf(request.ip), reply);
    const { user } = currentContext();
    if (user) await this.take(this.ofAccounts, user.userId, reply);
    else await this.take(this.ofAddresses, networkOf(request.ip), reply);
    return true;
  }

  private async take(rule: RateLimitRule, caller: string, reply: FastifyReply) {
    try {
      tell(reply, rule, await this.limits.consume(rule, caller));
    } catch (error) {
      const wait = error instanceof AppError ? Number(error.params.retry_after) : 0;
      tell(reply, rule, { limit: rule.points, remaining: 0, resetSeconds: wait });
      throw error;
    }
  }
}

const tell = (reply: FastifyReply, { seconds }: RateLimitRule, { limit, remaining, resetSeconds }: Allowance) =>
  void reply.headers({
    'ratelimit-policy': `${limit};w=${seconds}`,
    'ratelimit-limit': limit,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': resetSeconds,
  });
