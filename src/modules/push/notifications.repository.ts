import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { PushNotification } from 'src/modules/push/push.entities';

export type NewNotification = Pick<
  PushNotification,
  'userId' | 'dedupeKey' | 'title' | 'body' | 'notificationType' | 'data'
>;

export type ClaimedNotification = Pick<PushNotification, 'id' | 'title' | 'body' | 'data'> & {
  user_id: string;
  notification_type: PushNotification['notificationType'];
};

@Injectable()
export class NotificationsRepository {
  constructor(private readonly db: Database) {}

  /** The ids of those that were new: of what a user has been told already, nothing is kept. */
  async insertNew(notifications: NewNotification[]): Promise<number[]> {
    const rows = await this.db.query<{ id: number }>(
      `INSERT INTO push_notifications (user_id, dedupe_key, title, body, notification_type, data)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
       ON CONFLICT (user_id, dedupe_key) DO NOTHING RETURNING id`,
      [
        notifications.map(({ userId }) => userId),
        notifications.map(({ dedupeKey }) => dedupeKey),
        notifications.map(({ title }) => title),
        notifications.map(({ body }) => body),
        notifications.map(({ notificationType }) => notificationType),
        notifications.map(({ data }) => JSON.stringify(data)),
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
       RETURNING id, user_id, title, body, notification_type, data`,
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
