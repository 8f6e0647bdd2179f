import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { DeviceType } from 'src/modules/push/push.entities';
import type { Outcome } from 'src/modules/push/push.transport';

/** Which devices of a user a notification is for; `deviceIds` null: all of those types. */
interface Wanted {
  id: number;
  userId: string;
  deviceTypes: DeviceType[];
  deviceIds: number[] | null;
}

/** A notification for a device that has not got it. */
export interface DueDelivery {
  id: number;
  notification_id: number;
  device_id: number;
  device_type: DeviceType;
  token: string;
  locale: string | null;
  attempts: number;
}

export interface ReachedDevice {
  notification_id: number;
  device_type: DeviceType;
  token: string;
}

/** What a device `d` is pushed to by: it is wanted, and its sign-in was not ended, though it may not be forgotten yet. */
const IS_GOOD = `d.is_active AND NOT EXISTS (SELECT FROM sessions s WHERE s.id = d.session_id AND s.revoked_at IS NOT NULL)`;

/** What became of a delivery: at an end, or for later. */
export type Concluded = Pick<DueDelivery, 'id'> & { outcome: Outcome };

@Injectable()
export class DeliveriesRepository {
  constructor(private readonly db: Database) {}

  /** Notes once for each device that it shall have the notification, and gives those that have it not. */
  async due(wanted: Wanted[]): Promise<DueDelivery[]> {
    if (!wanted.length) return [];
    const ids = wanted.map(({ id }) => id);
    await this.db.query(
      `INSERT INTO push_deliveries (notification_id, device_token_id, device_type)
       SELECT w.id, d.id, d.device_type
       FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[]) AS w (id, user_id, device_types, device_ids)
         JOIN device_tokens d ON d.user_id = w.user_id AND ${IS_GOOD} AND d.device_type = ANY(string_to_array(w.device_types, ','))
           AND (w.device_ids IS NULL OR d.id = ANY(string_to_array(w.device_ids, ',')::bigint[]))
       ORDER BY d.id ON CONFLICT (notification_id, device_token_id) DO NOTHING`,
      [
        ids,
        wanted.map(({ userId }) => userId),
        wanted.map(({ deviceTypes }) => deviceTypes.join(',')),
        wanted.map(({ deviceIds }) => deviceIds?.join(',') ?? null),
      ],
    );
    // A device that was switched off, signed out or forgotten meanwhile gets nothing more.
    await this.db.query(
      `UPDATE push_deliveries p SET error_message = 'no_device'
       WHERE p.notification_id = ANY($1) AND p.sent_at IS NULL AND p.error_message IS NULL
         AND NOT EXISTS (SELECT FROM device_tokens d WHERE d.id = p.device_token_id AND ${IS_GOOD})`,
      [ids],
    );
    return this.db.query(
      `SELECT p.id, p.notification_id, d.id AS device_id, d.device_type, d.token, d.locale, p.attempts
       FROM push_deliveries p JOIN device_tokens d ON d.id = p.device_token_id
       WHERE p.notification_id = ANY($1) AND p.sent_at IS NULL AND p.error_message IS NULL ORDER BY p.id`,
      [ids],
    );
  }

  async record(concluded: Concluded[]): Promise<void> {
    if (!concluded.length) return;
    await this.db.query(
      `UPDATE push_deliveries p SET fcm_message_id = c.message_id, error_message = c.error,
         sent_at = CASE WHEN c.message_id IS NOT NULL THEN now() END,
         attempts = attempts + CASE WHEN c.message_id IS NULL AND c.error IS NULL THEN 1 ELSE 0 END
       FROM unnest($1::bigint[], $2::text[], $3::text[]) AS c (id, message_id, error) WHERE p.id = c.id`,
      [
        concluded.map(({ id }) => id),
        concluded.map(({ outcome }) => (outcome.is === 'sent' ? outcome.messageId : null)),
        concluded.map(({ outcome }) => (outcome.is === 'gone' || outcome.is === 'refused' ? outcome.why : null)),
      ],
    );
  }

  /** Devices that may show any of the notifications: nothing newer of its group that stands has come to them after it. */
  reached(notificationIds: number[]): Promise<ReachedDevice[]> {
    // What the provider took at once came before what is newer; what was put off may have come after it.
    return this.db.query(
      `SELECT p.notification_id, d.device_type, d.token
       FROM push_deliveries p JOIN push_notifications n ON n.id = p.notification_id JOIN device_tokens d ON d.id = p.device_token_id
       WHERE p.notification_id = ANY($1) AND p.error_message IS NULL AND d.is_active AND NOT EXISTS (
         SELECT FROM push_notifications newer JOIN push_deliveries q ON q.notification_id = newer.id
         WHERE newer.user_id = n.user_id AND newer.group_key = n.group_key AND newer.group_position > n.group_position
           AND newer.withdrawn_at IS NULL AND q.device_token_id = p.device_token_id AND q.sent_at IS NOT NULL
           AND (p.attempts = 0 OR q.sent_at > p.sent_at))
       ORDER BY p.id`,
      [notificationIds],
    );
  }
}
