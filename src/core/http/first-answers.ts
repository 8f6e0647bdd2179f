import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { IdempotencyKey } from 'src/core/http/idempotency.entity';
import { RequestSecrets } from 'src/core/http/idempotency.secrets';

export interface Answer {
  status: number;
  body: unknown;
}

/** Whose keys those are that come with the service key, which is nobody's. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The first answers to keyed requests: the key is taken in the transaction of the request's own work, so both are kept or neither. */
@Injectable()
export class FirstAnswers {
  constructor(
    private readonly db: Database,
    @Inject(ENV) private readonly env: Pick<Env, 'JWT_SECRET_KEY'>,
  ) {}

  /**
   * In the open transaction, the answer of `work`, or the one that it gave before for the same request under the same key of the caller's;
   * who comes second waits for the first. Throws `idempotency.mismatch` if that was for another request. Faults are not kept.
   */
  async once(given: string, request: string, work: () => Promise<Answer>): Promise<Answer & { isRepeated: boolean }> {
    const keys = this.db.repo(IdempotencyKey);
    const userId = currentContext().user?.userId ?? NOBODY;
    const secrets = new RequestSecrets(this.env.JWT_SECRET_KEY, userId, given);
    const key = secrets.name;
    const requestHash = secrets.signatureOf(request);
    const taken = await this.db.query(
      `INSERT INTO idempotency_keys (user_id, key, request_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING key`,
      [userId, key, requestHash],
    );
    if (taken.length) {
      const { status, body } = await work();
      await keys.update({ userId, key }, { status, body: secrets.seal(JSON.stringify(body ?? null)) });
      return { status, body, isRepeated: false };
    }
    const first = await keys.findOneByOrFail({ userId, key });
    if (first.requestHash !== requestHash) throw IdempotencyMismatch();
    return { status: first.status!, body: JSON.parse(secrets.open(first.body!)), isRepeated: true };
  }
}
