import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { PushNotification } from 'src/modules/push/push.entities';

export type NewNotification = Pick<
  PushNotification,
  'userId' | 'aboutUserId' | 'dedupeKey' | 'title' | 'body' | 'notificationType' | 'data' | 'urgentUntil'
>;

export type ClaimedNotification = Pick<PushNotification, 'id' | 'title' | 'body' | 'data'> & {
  user_id: string;
  key: string;
  notification_type: PushNotification['notificationType'];
  urgent_until: Date | null;
  is_late: boolean;
};

export type WithdrawnNotification = Omit<ClaimedNotification, 'is_late'> & {
  is_there: boolean;
  is_being_sent: boolean;
};

/** Withdrawn after it was sent, or while it was being sent; not what had been given up before. */
const MAY_BE_THERE = `(is_sent OR (claimed_at IS NOT NULL AND error_message = 'withdrawn'))`;

@Injectable()
export class NotificationsRepository {
  constructor(private readonly db: Database) {}

  /** The ids of those that were new: of what a user has been told already, nothing is kept. */
  async insertNew(notifications: NewNotification[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `INSERT INTO push_notifications (user_id, about_user_id, dedupe_key, title, body, notification_type, data, urgent_until)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::timestamptz[])
       ON CONFLICT (user_id, dedupe_key) DO NOTHING RETURNING id`,
      [
        notifications.map(({ userId }) => userId),
        notifications.map(({ aboutUserId }) => aboutUserId),
        notifications.map(({ dedupeKey }) => dedupeKey),
        notifications.map(({ title }) => title),
        notifications.map(({ body }) => body),
        notifications.map(({ notificationType }) => notificationType),
        notifications.map(({ data }) => JSON.stringify(data)),
        notifications.map(({ urgentUntil }) => urgentUntil),
      ],
    );
    return rows.map(({ id }) => id);
  }

  /** Takes a notification that is neither sent nor given up, unless another took it less than `leaseSeconds` ago. */
  async claim(id: number, leaseSeconds: number): Promise<ClaimedNotification | undefined> {
    const [row] = await this.db.query<ClaimedNotification>(
      `UPDATE push_notifications SET claimed_at = now()
       WHERE id = $1 AND NOT is_sent AND error_message IS NULL
         AND (claimed_at IS NULL OR claimed_at < now() - $2 * interval '1 second')
       RETURNING id, user_id, dedupe_key AS key, title, body, notification_type, data, urgent_until,
         coalesce(urgent_until < now(), false) AS is_late`,
      [id, leaseSeconds],
    );
    return row;
  }

  /** Takes back what users were told under a key; the ids of what devices may have. */
  async withdraw(told: { userId: string; key: string }[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number; may_be_there: boolean }>(
      `UPDATE push_notifications n SET withdrawn_at = now(),
         error_message = CASE WHEN is_sent THEN error_message ELSE coalesce(error_message, 'withdrawn') END
       FROM (SELECT * FROM unnest($1::uuid[], $2::text[]) AS t (user_id, key) ORDER BY 1, 2) told
       WHERE n.user_id = told.user_id AND n.dedupe_key = told.key AND withdrawn_at IS NULL
       RETURNING id, ${MAY_BE_THERE} AS may_be_there`,
      [told.map(({ userId }) => userId), told.map(({ key }) => key)],
    );
    return rows.filter(({ may_be_there }) => may_be_there).map(({ id }) => id);
  }

  /** What was withdrawn: is it on the devices, or may another worker be sending it at this moment? */
  async withdrawn(id: number, leaseSeconds: number): Promise<WithdrawnNotification | undefined> {
    const [row] = await this.db.query<WithdrawnNotification>(
      `SELECT id, user_id, dedupe_key AS key, title, body, notification_type, data, urgent_until,
         ${MAY_BE_THERE} AS is_there,
         NOT is_sent AND coalesce(claimed_at > now() - $2 * interval '1 second', false) AS is_being_sent
       FROM push_notifications WHERE id = $1`,
      [id, leaseSeconds],
    );
    return row;
  }

  /** Has it still to be sent? */
  async isOpen(id: number): Promise<boolean> {
    const sql = 'SELECT id FROM push_notifications WHERE id = $1 AND NOT is_sent AND error_message IS NULL';
    return (await this.db.query(sql, [id])).length > 0;
  }

  async release(id: number): Promise<void> {
    await this.db.repo(PushNotification).update(id, { claimedAt: null });
  }

  async markSent(id: number, fcmMessageId: string): Promise<void> {
    await this.db.repo(PushNotification).update(id, { isSent: true, sentAt: () => 'now()', fcmMessageId });
  }

  async giveUp(id: number, errorMessage: string): Promise<void> {
    await this.db.repo(PushNotification).update(id, { errorMessage });
  }
}
