import { Injectable } from '@nestjs/common';
import type { PushBody, UserEventName } from 'src/contracts';
import { Database } from 'src/core/database/database';
import { Realtime } from 'src/core/realtime/realtime';

/**
 * Each user's own stream: what his devices must learn and belongs to no chat (shares, calls, fences, settings, contacts), numbered
 * without gaps, so that a device that was away gets it by `sync`.
 *
 * To use it, declare the push with `numbered(…)` (`core/contract`), and in the transaction that makes the change, as late as can be
 * (a stream is locked from its number to the commit; a chat's lock comes before), say
 * `await this.streams.append([userId], 'share_started', { share_id, … })`. That stores the event and, after the commit, sends it to
 * all devices of each of the users: nothing else is to be sent. The body is kept for `EVENT_RETENTION_DAYS` and sent as it is, so
 * it carries ids and state, and no positions and no texts in a language. What changes many times a second stays out: send that live.
 */
@Injectable()
export class Streams {
  constructor(
    private readonly db: Database,
    private readonly realtime: Realtime,
  ) {}

  /** Gives the event the next number of each user's stream, within the open transaction; throws without one. The numbers, by user. */
  async append<N extends UserEventName>(
    userIds: string | string[],
    type: N,
    body: Omit<PushBody<N>, 'user_seq'>,
  ): Promise<Map<string, number>> {
    if (!this.db.inTransaction) throw new Error(`${type} numbered outside a transaction`);
    const rows = await this.db.query<{ user_id: string; seq: number }>(
      `WITH heads AS (
         INSERT INTO user_streams AS s (user_id, last_seq)
         SELECT DISTINCT user_id, 1 FROM unnest($1::uuid[]) AS user_id ORDER BY user_id -- one order of locks for everybody
         ON CONFLICT (user_id) DO UPDATE SET last_seq = s.last_seq + 1 RETURNING user_id, last_seq)
       INSERT INTO user_events (user_id, seq, type, data) SELECT user_id, last_seq, $2, $3 FROM heads RETURNING user_id, seq`,
      [[userIds].flat(), type, JSON.stringify(body)],
    );
    this.db.onCommit(() =>
      rows.forEach((row) => this.realtime.toUser(row.user_id, type, { ...body, user_seq: row.seq } as PushBody<N>)),
    );
    return new Map(rows.map((row) => [row.user_id, row.seq]));
  }
}
