import { Inject, Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { columnOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import { OutboxRow } from 'src/core/jobs/outbox.entity';
import { HINTS, type RedisClient } from 'src/core/redis/tokens';
import { RedisKeys } from 'src/core/redis/keys';

export interface Work {
  handler: string;
  payload: unknown;
  delayMs?: number;
  /** Of the caller on whose behalf it is done; the running context's if not given. */
  origin?: { tenantId: string; traceId: string };
}

/** What has given-up work tried again. */
export const TRIED_AGAIN = 'parked_at = NULL, queued_at = NULL, run_at = now()';

/**
 * What must happen, in PostgreSQL, beside the change that calls for it: neither exists without the other. Rows leave when the work
 * is done, so that nothing is lost with Redis, which only schedules it.
 */
@Injectable()
export class Outbox {
  /** Wakes the relay of this process, if there is one. */
  private relayHere?: () => void;

  constructor(
    private readonly db: Database,
    private readonly keys: RedisKeys,
    @Inject(HINTS) private readonly hints: RedisClient,
  ) {}

  /** Adds work within the open transaction; throws without one. It is there when that has committed. */
  add(work: Work[]) {
    if (!this.db.inTransaction) throw new Error('work added to the outbox outside a transaction');
    if (!work.length) return;
    const { tenantId, traceId } = currentContext();
    this.db.write(
      'outbox add',
      `INSERT INTO outbox (handler, payload, tenant_id, trace_id, run_at)
       SELECT handler, payload, tenant_id, trace_id, now() + delay_ms * interval '1 millisecond'
       FROM unnest($1::text[], $2::jsonb[], $3::text[], $4::text[], $5::bigint[]) AS w (handler, payload, tenant_id, trace_id, delay_ms)`,
      [
        columnOf(work, ({ handler }) => handler),
        columnOf(work, ({ payload }) => JSON.stringify(payload)),
        columnOf(work, ({ origin }) => origin?.tenantId ?? tenantId),
        columnOf(work, ({ origin }) => origin?.traceId ?? traceId),
        columnOf(work, ({ delayMs }) => Math.round(delayMs ?? 0)),
      ],
    );
    this.hint();
  }

  /** Tells a relay after the commit that there is something to do. Only to be quicker: they also look by themselves. */
  hint() {
    this.db.onCommit(() => (this.relayHere ? this.relayHere() : this.hints.publish(this.channel, '')));
  }

  /** From now on what this process adds is the business of its own relay, which need not be told by way of Redis; of others' again without one. */
  relayedBy(wake?: () => void) {
    this.relayHere = wake;
  }

  /** The channel on which relays hear what processes without one have to do. */
  get channel(): string {
    return this.keys.shared('outbox');
  }

  async remove(id: number): Promise<void> {
    await this.db.repo(OutboxRow).delete(id);
  }

  /** Gives the work up after so many attempts, for an admin to see; it is not tried again by itself. */
  async park(id: number, attempts: number, error: string): Promise<void> {
    const made = () => `attempts + ${Math.trunc(attempts)}`;
    await this.db.repo(OutboxRow).update(id, { parkedAt: () => 'now()', attempts: made, error });
  }

  /** Work that is waiting or under way; later and parked work not counted. */
  async pending(): Promise<number> {
    const sql = 'SELECT count(*)::int AS n FROM outbox WHERE parked_at IS NULL AND run_at <= now()';
    const [row] = await this.db.query<{ n: number }>(sql);
    return row!.n;
  }

  /**
   * Of which of the payloads such work is here, waiting or under way; what was given up of it is tried again. Call it in the transaction
   * that adds the others.
   */
  async resume(handler: string, payloads: unknown[]): Promise<boolean[]> {
    const rows = await this.db.query<{ is_here: boolean }>(
      `WITH asked AS (SELECT payload, n FROM unnest($2::jsonb[]) WITH ORDINALITY AS a (payload, n)),
         resumed AS (UPDATE outbox SET ${TRIED_AGAIN}
           WHERE handler = $1 AND parked_at IS NOT NULL AND payload IN (SELECT payload FROM asked))
       SELECT EXISTS (SELECT FROM outbox o WHERE o.handler = $1 AND o.payload = a.payload) AS is_here FROM asked a ORDER BY n`,
      [handler, payloads.map((payload) => JSON.stringify(payload))],
    );
    this.hint();
    return rows.map((row) => row.is_here);
  }

  /** Whether handlers but this one have still to do what names something: `('chat_id', 7, …)`. Parked work is not counted. */
  async awaits(name: string, value: number, butHandler: string): Promise<boolean> {
    const sql = 'SELECT id FROM outbox WHERE parked_at IS NULL AND handler <> $3 AND payload->>$1 = $2 LIMIT 1';
    return (await this.db.query(sql, [name, String(value), butHandler])).length > 0;
  }

  async parked(): Promise<number> {
    const [row] = await this.db.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM outbox WHERE parked_at IS NOT NULL',
    );
    return row!.n;
  }
}
