import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ENV, type Env } from 'src/config/env';
import { Forbidden } from 'src/core/errors/common.errors';
import { ApiExcludeController } from 'src/core/http/api-docs';
import { bearerToken } from 'src/core/http/authenticator';
import { Public, Unlimited } from 'src/core/http/decorators';
import { isSame } from 'src/core/http/service-key';
import { Metrics } from 'src/core/metrics/metrics';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Figures for Prometheus: for holders of METRICS_TOKEN; without that setting, for this machine alone. */
@ApiExcludeController()
@Controller('metrics')
@Public()
@Unlimited()
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  read(@Req() request: FastifyRequest): Promise<string> {
    const { METRICS_TOKEN: expected } = this.env;
    const given = bearerToken(request.headers.authorization);
    const allowed = expected ? given !== undefined && isSame(given, expected) : LOOPBACK.test(request.ip);
    if (!allowed) throw Forbidden();
    return this.metrics.registry.metrics();
  }
}
