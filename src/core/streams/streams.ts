import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { PushBody, UserEventName } from 'src/contracts';
import { arrayOf } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import { gathered } from 'src/core/database/group-commit';
import { OnJob } from 'src/core/jobs/jobs';
import { Realtime } from 'src/core/realtime/realtime';
import { Untold } from 'src/core/realtime/untold';
import { room } from 'src/core/redis/keys';
import { forgetOld } from 'src/core/streams/trimming';

const TRIMMED_AT_ONCE = 5_000;
const LOG = { table: 'user_events', of: 'user_id', heads: 'user_streams', key: 'user_id', type: 'uuid' } as const;

/** An event of a user's stream, as his devices heard it live. */
export interface UserEventView {
  type: string;
  data: Record<string, unknown> & { user_seq: number };
}

/** What a device missed of its user's stream. */
export interface Missed {
  lastSeq: number;
  /** It held nothing, or what it missed is too old and gone: it must fetch the state of things. */
  gap: boolean;
  events: UserEventView[];
  /** About how many bytes these have. */
  bytes: number;
  more: boolean;
}

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
    private readonly untold: Untold,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** The number of the user's newest event, and up to which they are forgotten. */
  private readonly head = gathered<string, { lastSeq: number; trimmedSeq: number }>(async (userIds) => {
    const rows = await this.db.prepared<{ user_id: string; last_seq: number; trimmed_seq: number }>(
      'stream heads',
      'SELECT user_id, last_seq, trimmed_seq FROM user_streams WHERE user_id = ANY($1::uuid[])',
      [arrayOf(userIds)],
    );
    const heads = new Map(rows.map((row) => [row.user_id, { lastSeq: row.last_seq, trimmedSeq: row.trimmed_seq }]));
    return userIds.map((userId) => heads.get(userId) ?? { lastSeq: 0, trimmedSeq: 0 });
  });

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
    this.db.onCommit(
      () =>
        rows.forEach((row) => this.realtime.toUser(row.user_id, type, { ...body, user_seq: row.seq } as PushBody<N>)),
      () => this.untold.in(rows.map((row) => room('user', row.user_id))),
    );
    return new Map(rows.map((row) => [row.user_id, row.seq]));
  }

  /**
   * Up to `limit` of the user's events after number `after`, in order, and no more than `most` bytes of them, but one at least;
   * undefined: the device holds nothing.
   */
  async since(userId: string, after: number | undefined, limit: number, most: number): Promise<Missed> {
    const { lastSeq, trimmedSeq } = await this.head(userId);
    const gap = after === undefined || after < trimmedSeq || after > lastSeq;
    if (gap || after === lastSeq) return { lastSeq, gap, events: [], bytes: 0, more: false };
    const rows = await this.db.prepared<{ seq: number; type: string; data: object; so_far: number }>(
      'stream since',
      `SELECT seq, type, data, so_far FROM (
         SELECT e.*, sum(bytes) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING)::int AS so_far
         FROM (SELECT seq, type, data, 100 + octet_length(data::text) AS bytes
           FROM user_events WHERE user_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4) e) e
       WHERE so_far - bytes < $5 ORDER BY seq`,
      [userId, after, lastSeq, limit, most],
    );
    const events = rows.map(({ seq, type, data }) => ({ type, data: { ...data, user_seq: seq } }));
    const bytes = rows.at(-1)?.so_far ?? 0;
    return { lastSeq, gap, events, bytes, more: rows.length > 0 && rows.at(-1)!.seq < lastSeq };
  }

  /** Forgets events that are older than `EVENT_RETENTION_DAYS`; a device that comes later is told of a gap. */
  @OnJob('core.trim_streams')
  async trim() {
    while (await this.db.tx(() => this.trimSome()));
  }

  private trimSome = (): Promise<number> => forgetOld(this.db, LOG, this.env.EVENT_RETENTION_DAYS, TRIMMED_AT_ONCE);
}
