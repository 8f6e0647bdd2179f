import { applyDecorators, Inject, Injectable, UseInterceptors } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { IdempotencyMismatch, ValidationFailed } from 'src/core/errors/common.errors';
import { ApiHeader } from 'src/core/http/api-docs';
import { IdempotencyKey } from 'src/core/http/idempotency.entity';
import { RequestSecrets } from 'src/core/http/idempotency.secrets';
import { OnJob } from 'src/core/jobs/jobs';
import { inChunks } from 'src/core/personal-data/chunks';

const KEY = /^[\x21-\x7e]{1,128}$/;

/**
 * Makes a keyed request happen once: the key is taken in the transaction of the request's own work, so both are kept or neither.
 * A second request with the key waits for the first, then gets its answer; with other content it gets 422. Faults are not kept.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly db: Database,
    @Inject(ENV) private readonly env: Pick<Env, 'JWT_SECRET_KEY'>,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = idempotencyKey(request);
    if (key === undefined) return next.handle();
    return from(this.db.tx(() => this.once(key, request, http.getResponse<FastifyReply>(), next)));
  }

  private async once(given: string, request: FastifyRequest, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const keys = this.db.repo(IdempotencyKey);
    const userId = currentContext().user!.userId;
    const secrets = new RequestSecrets(this.env.JWT_SECRET_KEY, userId, given);
    const key = secrets.name;
    const requestHash = secrets.signatureOf(textOf(request));
    const taken = await this.db.query(
      `INSERT INTO idempotency_keys (user_id, key, request_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key`,
      [userId, key, requestHash],
    );
    if (taken.length) {
      const body: unknown = await lastValueFrom(next.handle());
      await keys.update(
        { userId, key },
        { status: reply.statusCode, body: secrets.seal(JSON.stringify(body ?? null)) },
      );
      return body;
    }
    const first = await keys.findOneByOrFail({ userId, key });
    if (first.requestHash !== requestHash) throw IdempotencyMismatch();
    void reply.status(first.status!).header('Idempotency-Replayed', 'true');
    return JSON.parse(secrets.open(first.body!));
  }
}

/** A POST that honours `Idempotency-Key`. Its service must do all its work in the database, in the ambient transaction. */
export const Idempotent = () =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Makes a retry safe: the same key and body get the first answer, another body 422. Kept for a day.',
    }),
  );

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
