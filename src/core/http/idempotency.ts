import { applyDecorators, Injectable, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Database } from 'src/core/database/database';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { ApiHeader } from 'src/core/http/api-docs';
import { FirstAnswers } from 'src/core/http/first-answers';
import { OnJob } from 'src/core/jobs/jobs';
import { inChunks } from 'src/core/personal-data/chunks';

const KEY = /^[\x21-\x7e]{1,128}$/;

/**
 * Makes a keyed request happen once, in one transaction. A second request with the key gets the answer of the first; with other content
 * it gets 422.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly db: Database,
    private readonly answers: FirstAnswers,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = idempotencyKey(request);
    if (key === undefined) return next.handle();
    return from(this.db.tx(() => this.once(key, request, http.getResponse<FastifyReply>(), next)));
  }

  private async once(key: string, request: FastifyRequest, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const { status, body, isRepeated } = await this.answers.once(key, textOf(request), async () => {
      const answer: unknown = await lastValueFrom(next.handle());
      return { status: reply.statusCode, body: answer };
    });
    if (isRepeated) void reply.status(status).header('Idempotency-Replayed', 'true');
    return body;
  }
}

export const RETRY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Makes a retry safe: the same key and body get the first answer, another body 422. Kept for a day.',
};

/** A POST that honours `Idempotency-Key`. Its service must do all its work in the database, in the ambient transaction. */
export const Idempotent = () => applyDecorators(UseInterceptors(IdempotencyInterceptor), ApiHeader(RETRY_HEADER));

/** The caller's `Idempotency-Key`, if he gives one; throws `validation.failed` for one that is not 1–128 visible characters. */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw ValidationFailed({}, [{ field: 'Idempotency-Key', code: 'invalid_idempotency_key' }]);
}

const textOf = ({ method, url, body }: FastifyRequest) => `${method} ${url}\n${JSON.stringify(body ?? null)}`;

/** Forgets old keys. */
@Injectable()
export class IdempotencySweeper {
  constructor(private readonly db: Database) {}

  @OnJob('core.forget_idempotency_keys')
  async forget() {
    const old = `created_at < now() - interval '24 hours'`;
    await inChunks(this.db, 'idempotency_keys', 'DELETE FROM idempotency_keys', old, []);
  }
}
