import { Injectable } from '@nestjs/common';
import type { QueueName } from 'src/core/contract';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Outbox, TRIED_AGAIN } from 'src/core/jobs/outbox';
import { WorkRegistry } from 'src/core/jobs/work-registry';

export interface ParkedItem {
  id: number;
  /** A job's name, or `Class.method` of a durable fact handler. */
  handler: string;
  queue: QueueName;
  payload: unknown;
  error: string | null;
  attempts: number;
  traceId: string;
  createdAt: Date;
  parkedAt: Date;
}

/** Work of the context's tenant that was given up. It waits here until somebody has it tried again or discards it. */
@Injectable()
export class ParkedWork {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly registry: WorkRegistry,
  ) {}

  /** Up to `limit`, the newest first, from below a place. */
  list(queue: QueueName | undefined, below: number | undefined, limit: number): Promise<ParkedItem[]> {
    return this.db.query(
      `SELECT id, handler, ${QUEUE} AS queue, payload, error, attempts, trace_id AS "traceId",
         created_at AS "createdAt", parked_at AS "parkedAt"
       FROM outbox WHERE ${PARKED} AND ($4::text IS NULL OR ${QUEUE} = $4) AND ($5::bigint IS NULL OR id < $5)
       ORDER BY id DESC LIMIT $6`,
      [...this.scope, queue, below, limit],
    );
  }

  /** Has it tried again, as often as at first; its handler, or undefined if no such work is parked. */
  async retry(id: number): Promise<string | undefined> {
    const [row] = await this.again('id = $2', [id]);
    return row?.handler;
  }

  /** Has all of a queue tried again; how many they are. */
  async retryAll(queue: QueueName): Promise<number> {
    const [, ...queues] = this.scope;
    return (await this.again(`${QUEUE} = $4`, [...queues, queue])).length;
  }

  /** Gives it up for good; its handler, or undefined if no such work is parked. */
  async discard(id: number): Promise<string | undefined> {
    const sql = 'DELETE FROM outbox WHERE id = $1 AND tenant_id = $2 AND parked_at IS NOT NULL RETURNING handler';
    const [row] = await this.db.query<{ handler: string }>(sql, [id, currentContext().tenantId]);
    return row?.handler;
  }

  private async again(which: string, parameters: unknown[]): Promise<{ handler: string }[]> {
    return this.db.tx(async () => {
      this.outbox.hint();
      return this.db.query<{ handler: string }>(
        `UPDATE outbox SET ${TRIED_AGAIN} WHERE ${PARKED} AND ${which} RETURNING handler`,
        [currentContext().tenantId, ...parameters],
      );
    });
  }

  /** The parameters of `PARKED` and `QUEUE`. */
  private get scope() {
    const [queues, otherwise] = this.registry.queues();
    return [currentContext().tenantId, JSON.stringify(queues), otherwise];
  }
}

const PARKED = 'tenant_id = $1 AND parked_at IS NOT NULL';
const QUEUE = 'coalesce($2::jsonb ->> handler, $3)';
