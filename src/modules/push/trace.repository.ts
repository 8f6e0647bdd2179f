import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { DeviceType, NotificationKind } from 'src/modules/push/push.entities';
import { SUPPRESSIONS } from 'src/modules/push/verdict';

export interface NotificationRow {
  id: number;
  title: string;
  body: string;
  notification_type: NotificationKind;
  category: string | null;
  data: Record<string, string>;
  is_sent: boolean;
  fcm_message_id: string | null;
  error_message: string | null;
  created_at: Date;
  sent_at: Date | null;
  delivered_at: Date | null;
  opened_at: Date | null;
  read_at: Date | null;
  withdrawn_at: Date | null;
}

export interface DeliveryTrace {
  device_token_id: number | null;
  device_type: DeviceType;
  device_name: string | null;
  fcm_message_id: string | null;
  error_message: string | null;
  attempts: number;
  sent_at: Date | null;
  delivered_at: Date | null;
  opened_at: Date | null;
}

export interface StatsRow {
  name: string;
  total: number;
  sent: number;
  delivered: number;
  read: number;
  failed: number;
  suppressed: number;
}

/** What is counted; no user: all of the tenant's. */
export interface Counted {
  userId: string | null;
  tenantId: string;
  from: Date | null;
  to: Date | null;
  kind: NotificationKind | null;
}

const COLUMNS = `id, title, body, notification_type, category, data, is_sent, fcm_message_id, error_message, created_at, sent_at,
  delivered_at, opened_at, read_at, withdrawn_at`;
const COUNTED = `FROM push_notifications n JOIN users u ON u.id = n.user_id
  WHERE u.tenant_id = $2 AND ($1::uuid IS NULL OR n.user_id = $1) AND ($3::timestamptz IS NULL OR n.created_at >= $3)
    AND ($4::timestamptz IS NULL OR n.created_at < $4) AND ($5::text IS NULL OR n.notification_type = $5)`;

/** What became of pushes, for those whom they were for and for admins. */
@Injectable()
export class TraceRepository {
  constructor(private readonly db: Database) {}

  /** Newest first, those before the id. */
  list(userId: string, isUnread: boolean, before: number | undefined, limit: number): Promise<NotificationRow[]> {
    return this.db.query(
      `SELECT ${COLUMNS} FROM push_notifications WHERE user_id = $1 AND in_inbox AND title <> '' AND ($2::bigint IS NULL OR id < $2)
         AND (NOT $3 OR read_at IS NULL) ORDER BY id DESC LIMIT $4`,
      [userId, before ?? null, isUnread, limit],
    );
  }

  async unread(userId: string): Promise<number> {
    const [row] = await this.db.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM push_notifications WHERE user_id = $1 AND in_inbox AND title <> '' AND read_at IS NULL`,
      [userId],
    );
    return row!.count;
  }

  async ofUser(userId: string, id: number): Promise<NotificationRow | undefined> {
    const sql = `SELECT ${COLUMNS} FROM push_notifications WHERE user_id = $1 AND id = $2`;
    return (await this.db.query<NotificationRow>(sql, [userId, id]))[0];
  }

  deliveries(id: number): Promise<DeliveryTrace[]> {
    return this.db.query(
      `SELECT p.device_token_id, p.device_type, d.device_name, p.fcm_message_id, p.error_message, p.attempts, p.sent_at,
         p.delivered_at, p.opened_at
       FROM push_deliveries p LEFT JOIN device_tokens d ON d.id = p.device_token_id WHERE p.notification_id = $1 ORDER BY p.id`,
      [id],
    );
  }

  /** What has been opened has come, and been read; the first time counts. Tells whether it is read in the list from now on. */
  async acknowledge(id: number, event: 'delivered' | 'opened', deviceId: number | undefined): Promise<boolean> {
    const set = `delivered_at = coalesce(delivered_at, now()), opened_at = CASE WHEN $2 THEN coalesce(opened_at, now()) ELSE opened_at END`;
    const isOpened = event === 'opened';
    const [row] = await this.db.query<{ is_newly_read: boolean }>(
      `UPDATE push_notifications n SET ${set}, read_at = CASE WHEN $2 THEN coalesce(n.read_at, now()) ELSE n.read_at END
       FROM (SELECT read_at FROM push_notifications WHERE id = $1 FOR NO KEY UPDATE) before
       WHERE id = $1 RETURNING $2 AND before.read_at IS NULL AND in_inbox AND title <> '' AS is_newly_read`,
      [id, isOpened],
    );
    await this.db.query(
      `UPDATE push_deliveries SET ${set} WHERE notification_id = $1 AND (device_token_id = $3
         OR ($3::bigint IS NULL AND (SELECT count(*) FROM push_deliveries WHERE notification_id = $1) = 1))`,
      [id, isOpened, deviceId ?? null],
    );
    return row?.is_newly_read ?? false;
  }

  /** What waits to be put into words is not in the list yet. Tells whether anything in the list was not read before. */
  async readUpTo(userId: string, id: number): Promise<boolean> {
    const rows = await this.db.query<{ in_inbox: boolean }>(
      `UPDATE push_notifications SET read_at = now() WHERE user_id = $1 AND id <= $2 AND title <> '' AND read_at IS NULL
       RETURNING in_inbox`,
      [userId, id],
    );
    return rows.some((row) => row.in_inbox);
  }

  byKind(counted: Counted): Promise<StatsRow[]> {
    return this.db.query(
      `SELECT n.notification_type AS name, count(*)::int AS total, count(*) FILTER (WHERE is_sent)::int AS sent,
         count(*) FILTER (WHERE is_sent AND delivered_at IS NOT NULL)::int AS delivered,
         count(*) FILTER (WHERE is_sent AND (opened_at IS NOT NULL OR read_at IS NOT NULL))::int AS read,
         count(*) FILTER (WHERE NOT is_sent AND error_message <> ALL($6))::int AS failed,
         count(*) FILTER (WHERE NOT is_sent AND error_message = ANY($6))::int AS suppressed
       ${COUNTED} GROUP BY 1 ORDER BY 1`,
      [...parametersOf(counted), SUPPRESSIONS],
    );
  }

  byDevice(counted: Counted): Promise<StatsRow[]> {
    return this.db.query(
      `SELECT p.device_type AS name, count(*)::int AS total, count(*) FILTER (WHERE p.sent_at IS NOT NULL)::int AS sent,
         count(*) FILTER (WHERE p.delivered_at IS NOT NULL)::int AS delivered,
         count(*) FILTER (WHERE p.opened_at IS NOT NULL)::int AS read,
         count(*) FILTER (WHERE p.sent_at IS NULL AND p.error_message <> ALL($6))::int AS failed,
         count(*) FILTER (WHERE p.sent_at IS NULL AND p.error_message = ANY($6))::int AS suppressed
       FROM push_deliveries p JOIN (SELECT n.id ${COUNTED}) n ON n.id = p.notification_id GROUP BY 1 ORDER BY 1`,
      [...parametersOf(counted), SUPPRESSIONS],
    );
  }

  /** Forgets some of what is older than so many days; how many. */
  async forgetOld(days: number, most: number): Promise<number> {
    const rows = await this.db.query(
      `DELETE FROM push_notifications WHERE id IN (
         SELECT id FROM (SELECT id, created_at FROM push_notifications ORDER BY id LIMIT $2) oldest
         WHERE created_at < now() - $1 * interval '1 day') RETURNING id`,
      [days, most],
    );
    return rows.length;
  }
}

const parametersOf = ({ userId, tenantId, from, to, kind }: Counted) => [userId, tenantId, from, to, kind];
