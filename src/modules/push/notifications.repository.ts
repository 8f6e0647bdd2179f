import { Injectable } from '@nestjs/common';
import { arrayOf, ofAnyLength } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import { PushNotification } from 'src/modules/push/push.entities';

export type NewNotification = Pick<
  PushNotification,
  | 'userId'
  | 'aboutUserId'
  | 'dedupeKey'
  | 'groupKey'
  | 'groupPosition'
  | 'texts'
  | 'notificationType'
  | 'category'
  | 'data'
  | 'deviceTypes'
  | 'deviceIds'
  | 'urgentUntil'
>;

/** A notification that a worker has taken, and since when: others may take it from him once the lease is over. */
export interface Claim {
  id: number;
  claim: string;
}

export interface ClaimedNotification extends Claim {
  user_id: string;
  about_user_id: string | null;
  key: string;
  group_key: string | null;
  group_position: number | null;
  texts: NonNullable<PushNotification['texts']>;
  notification_type: PushNotification['notificationType'];
  category: string | null;
  data: Record<string, string>;
  device_types: PushNotification['deviceTypes'];
  device_ids: PushNotification['deviceIds'];
  urgent_until: Date | null;
  created_at: Date;
  is_late: boolean;
}

/** What was decided of a notification: its words, and why it goes nowhere, if so. */
export interface Decided {
  id: number;
  title: string;
  body: string;
  inInbox: boolean;
  reason: string | null;
}

/** Nobody wants to be told of more in one push. */
const MOST_UNSEEN = 999;
/** Neither sent nor given up. */
const OPEN = `NOT is_sent AND error_message IS NULL`;
/** Rows are locked in one order by everybody. */
const HELD = `SELECT id, title = '' AS is_new FROM push_notifications WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE`;
/** Those of the claims ($1, $2) that still hold. */
const STILL_HELD = `SELECT n.id FROM push_notifications n JOIN unnest($1::bigint[], $2::timestamptz[]) AS c (id, claim)
  ON n.id = c.id AND n.claimed_at = c.claim ORDER BY n.id FOR NO KEY UPDATE OF n`;

@Injectable()
export class NotificationsRepository {
  constructor(private readonly db: Database) {}

  /** Those that were new: of what a user has been told already, nothing is kept. */
  async insertNew(rows: NewNotification[]): Promise<{ id: number; is_grouped: boolean }[]> {
    return this.db.query(
      `INSERT INTO push_notifications (user_id, about_user_id, dedupe_key, group_key, group_position, texts, notification_type,
         category, data, device_types, device_ids, urgent_until)
       SELECT user_id, about_user_id, dedupe_key, group_key, group_position, texts, kind, category, data,
         string_to_array(device_types, ','), string_to_array(device_ids, ',')::bigint[], urgent_until
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[], $7::text[], $8::text[], $9::jsonb[],
         $10::text[], $11::text[], $12::timestamptz[])
         AS n (user_id, about_user_id, dedupe_key, group_key, group_position, texts, kind, category, data, device_types, device_ids,
           urgent_until)
       ON CONFLICT (user_id, dedupe_key) DO NOTHING RETURNING id, group_key IS NOT NULL AS is_grouped`,
      [
        rows.map(({ userId }) => userId),
        rows.map(({ aboutUserId }) => aboutUserId),
        rows.map(({ dedupeKey }) => dedupeKey),
        rows.map(({ groupKey }) => groupKey),
        rows.map(({ groupPosition }) => groupPosition),
        rows.map(({ texts }) => JSON.stringify(texts)),
        rows.map(({ notificationType }) => notificationType),
        rows.map(({ category }) => category),
        rows.map(({ data }) => JSON.stringify(data)),
        rows.map(({ deviceTypes }) => deviceTypes?.join(',') ?? null),
        rows.map(({ deviceIds }) => deviceIds?.join(',') ?? null),
        rows.map(({ urgentUntil }) => urgentUntil),
      ],
    );
  }

  /**
   * Takes those that are neither sent nor given up, and with them all such of their groups, unless another took them less than
   * `leaseSeconds` ago.
   */
  claim(ids: number[], leaseSeconds: number): Promise<ClaimedNotification[]> {
    return this.db.prepared(
      'pushes claimed',
      `WITH asked AS (SELECT id, user_id, group_key FROM push_notifications WHERE id = ANY(${ofAnyLength('$1', 'bigint')}) AND ${OPEN}),
       free AS (
         SELECT id FROM push_notifications
         WHERE id IN (
             SELECT id FROM asked UNION
             SELECT n.id FROM asked a JOIN push_notifications n
               ON n.user_id = a.user_id AND n.group_key = a.group_key AND n.withdrawn_at IS NULL
                 AND NOT n.is_sent AND n.error_message IS NULL)
           AND ${OPEN} AND (claimed_at IS NULL OR claimed_at < now() - $2 * interval '1 second')
         ORDER BY id FOR UPDATE SKIP LOCKED)
       UPDATE push_notifications n SET claimed_at = now() FROM free WHERE n.id = free.id
       RETURNING n.id, claimed_at::text AS claim, user_id, about_user_id, dedupe_key AS key, group_key, group_position, texts, notification_type, category, data, device_types,
         device_ids, urgent_until, created_at, coalesce(urgent_until < now(), false) AS is_late`,
      [arrayOf(ids), leaseSeconds],
    );
  }

  /** Those of the users who have one of the keys. */
  async toldOf(keys: { userId: string; key: string }[]): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string }>(
      `SELECT n.user_id FROM push_notifications n JOIN unnest($1::uuid[], $2::text[]) AS t (user_id, key)
         ON n.user_id = t.user_id AND n.dedupe_key = t.key`,
      [keys.map(({ userId }) => userId), keys.map(({ key }) => key)],
    );
    return rows.map(({ user_id }) => user_id);
  }

  /** Is one of them being sent by somebody else, who may be dead? */
  async isBeingSent(ids: number[]): Promise<boolean> {
    const sql = `SELECT id FROM push_notifications WHERE id = ANY($1) AND ${OPEN} AND claimed_at IS NOT NULL LIMIT 1`;
    return ids.length > 0 && (await this.db.query(sql, [ids])).length > 0;
  }

  /** Those of the claims that still hold, anew from now on; none of what was withdrawn meanwhile. */
  async renew(claims: Claim[]): Promise<Claim[]> {
    return this.db.query(
      `WITH held AS (${STILL_HELD}) UPDATE push_notifications n SET claimed_at = now() FROM held
       WHERE n.id = held.id AND ${OPEN} RETURNING n.id, n.claimed_at::text AS claim`,
      parametersOf(claims),
    );
  }

  /** Lets others take at once what could not be sent, and take back what was withdrawn meanwhile. */
  async release(claims: Claim[]): Promise<void> {
    await this.db.query(
      `WITH held AS (${STILL_HELD}) UPDATE push_notifications n SET claimed_at = NULL FROM held WHERE n.id = held.id`,
      parametersOf(claims),
    );
  }

  /**
   * Writes down what was decided; nothing is said again of what was blanked since it was claimed. Gives the users in whose lists there is
   * one that was not there before.
   */
  async decide(decided: Decided[]): Promise<string[]> {
    const rows = await this.db.query<{ user_id: string; is_added: boolean }>(
      `WITH held AS (${HELD})
       UPDATE push_notifications n SET title = CASE WHEN n.texts IS NULL THEN '' ELSE d.title END,
         body = CASE WHEN n.texts IS NULL THEN '' ELSE d.body END, in_inbox = d.in_inbox AND n.texts IS NOT NULL,
         error_message = coalesce(n.error_message, d.reason),
         claimed_at = CASE WHEN d.reason IS NULL THEN n.claimed_at END
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::text[]) AS d (id, title, body, in_inbox, reason)
         JOIN held ON held.id = d.id
       WHERE n.id = d.id RETURNING n.user_id, held.is_new AND n.in_inbox AND n.title <> '' AS is_added`,
      [
        decided.map(({ id }) => id),
        decided.map(({ title }) => title),
        decided.map(({ body }) => body),
        decided.map(({ inInbox }) => inInbox),
        decided.map(({ reason }) => reason),
      ],
    );
    return rows.flatMap(({ user_id, is_added }) => (is_added ? [user_id] : []));
  }

  /** Of each of these, how many of its group came before it to the devices and were not seen yet; of very many so many. */
  async unseenBefore(ids: number[]): Promise<Map<number, number>> {
    if (!ids.length) return new Map();
    const rows = await this.db.query<{ id: number; count: number }>(
      `SELECT n.id, (SELECT count(*)::int FROM (
           SELECT FROM push_notifications before
           WHERE before.user_id = n.user_id AND before.group_key = n.group_key AND before.group_position < n.group_position
             AND before.withdrawn_at IS NULL AND before.read_at IS NULL AND (before.is_sent OR before.error_message = 'collapsed')
           LIMIT ${MOST_UNSEEN}) unseen) AS count
       FROM push_notifications n WHERE n.id = ANY($1)`,
      [ids],
    );
    return new Map(rows.map(({ id, count }) => [id, count]));
  }

  /** Sums up what became of notifications on their devices, and lets go of them; the ids of those of which something is still to be sent. */
  async conclude(claims: Claim[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number; is_open: boolean }>(
      `WITH held AS (${STILL_HELD})
       UPDATE push_notifications n SET is_sent = NOT d.is_open AND d.message_id IS NOT NULL,
         sent_at = d.sent_at, fcm_message_id = d.message_id,
         claimed_at = NULL,
         error_message = CASE WHEN d.is_open OR d.message_id IS NOT NULL THEN n.error_message
           ELSE coalesce(n.error_message, d.error, 'no_device') END
       FROM (
         SELECT i.id, min(p.sent_at) AS sent_at, (array_agg(p.fcm_message_id ORDER BY p.id) FILTER (WHERE p.sent_at IS NOT NULL))[1] AS message_id,
           min(p.error_message) AS error,
           coalesce(bool_or(p.id IS NOT NULL AND p.sent_at IS NULL AND p.error_message IS NULL), false) AS is_open
         FROM held i LEFT JOIN push_deliveries p ON p.notification_id = i.id GROUP BY i.id) d
       WHERE n.id = d.id RETURNING n.id, d.is_open`,
      parametersOf(claims),
    );
    return rows.filter(({ is_open }) => is_open).map(({ id }) => id);
  }
}

const parametersOf = (claims: Claim[]) => [claims.map(({ id }) => id), claims.map(({ claim }) => claim)];
