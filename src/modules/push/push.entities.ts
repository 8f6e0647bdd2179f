import { Identity } from 'src/core/database/columns';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, Unique, UpdateDateColumn } from 'typeorm';

export const DEVICE_TYPES = ['ios', 'android', 'web'] as const;
export type DeviceType = (typeof DEVICE_TYPES)[number];

export const NOTIFICATION_KINDS = ['message', 'call', 'geofence', 'system', 'announcement'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** A text of `i18n/<language>/push.json`, and what fills its `{{places}}`. */
export interface NoteText {
  key: string;
  /** `count` also chooses the plural. The text says how a value is written; instants are in RFC 3339. */
  params?: Record<string, string | number>;
}

/** What a notification says, to be put into words when it is sent: in the language of whoever reads it. */
export interface NotificationTexts {
  title: NoteText;
  body: NoteText;
  /** In place of `body` where one push tells of several; `count` is how many. */
  summary?: NoteText;
}

/** A device that can be pushed to. A token names one device, which belongs to whoever registered it last. */
@Entity('device_tokens')
@Unique(['token'])
@Index(['userId'])
export class DeviceToken {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** The sign-in by which it was registered: when that is ended, the device is forgotten. Null: registered before that was kept. */
  @Index()
  @Column('uuid', { nullable: true })
  sessionId: string | null;

  /** What FCM calls the device, or the JSON of a Web Push subscription. */
  @Column('varchar', { length: 2000 })
  token: string;

  @Column('varchar', { length: 20 })
  deviceType: DeviceType;

  @Column('varchar', { length: 255, nullable: true })
  deviceId: string | null;

  @Column('varchar', { length: 100, nullable: true })
  deviceName: string | null;

  @Column('varchar', { length: 50, nullable: true })
  appVersion: string | null;

  @Column('varchar', { length: 50, nullable: true })
  osVersion: string | null;

  /** BCP 47; the language of its pushes if its user has chosen none. */
  @Column('varchar', { length: 35, nullable: true })
  locale: string | null;

  /** Pushes go only to active ones. */
  @Column('boolean', { default: true })
  isActive: boolean;

  /** When it was registered or changed last. */
  @Column('timestamptz', { default: () => 'now()' })
  lastUsed: Date;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

/** What one user is told, in his language, on all his devices; and what became of it. */
@Entity('push_notifications')
@Unique(['userId', 'dedupeKey'])
@Index('ix_push_notifications_unseen', ['userId', 'groupKey', 'groupPosition'], {
  where: 'group_key IS NOT NULL AND withdrawn_at IS NULL',
})
@Index('ix_push_notifications_open', ['userId', 'groupKey'], {
  where: 'group_key IS NOT NULL AND withdrawn_at IS NULL AND NOT is_sent AND error_message IS NULL',
})
@Index('ix_push_notifications_told', ['userId', 'groupKey', 'groupPosition'], {
  where: `group_key IS NOT NULL AND withdrawn_at IS NULL AND read_at IS NULL AND (is_sent OR error_message = 'collapsed')`,
})
@Index('ix_push_notifications_of_others', ['aboutUserId', 'id'], {
  where: `about_user_id IS NOT NULL AND notification_type IN ('geofence', 'system')`,
})
@Index(['userId', 'id'])
export class PushNotification {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Whom it tells of: when he leaves, it goes. */
  @Index('ix_push_notifications_about_user_id', { where: 'about_user_id IS NOT NULL' })
  @Column('uuid', { nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  aboutUserId: string | null;

  /** What it tells of: the user is told once of each. */
  @Column('varchar', { length: 255 })
  dedupeKey: string;

  /** Those of one group replace each other on the device, and come as one if they come at once: those of a chat. */
  @Column('varchar', { length: 64, nullable: true })
  groupKey: string | null;

  /** Its place in the group: who has seen one has seen those before it. */
  @Column('bigint', { nullable: true })
  groupPosition: number | null;

  /** What is to be put into words. */
  @Column('jsonb', { nullable: true })
  texts: NotificationTexts | null;

  /** As it was put into words by the worker; empty before. */
  @Column('varchar', { length: 255, default: '' })
  title: string;

  @Column('text', { default: '' })
  body: string;

  @Column('varchar', { length: 50 })
  notificationType: NotificationKind;

  @Column('varchar', { length: 50, nullable: true })
  category: string | null;

  @Column('jsonb')
  data: Record<string, string>;

  /** The types of devices that it is for; null: all. */
  @Column('text', { array: true, nullable: true })
  deviceTypes: DeviceType[] | null;

  /** The devices that it is for; null: all. */
  @Column('bigint', { array: true, nullable: true })
  deviceIds: number[] | null;

  @Column('boolean', { default: false })
  isSent: boolean;

  /** What the provider called it; on several devices, the first one's. */
  @Column('varchar', { length: 255, nullable: true })
  fcmMessageId: string | null;

  /** Why it will not be sent; null while it may be. One of `SUPPRESSIONS`, or what the provider said. */
  @Column('text', { nullable: true })
  errorMessage: string | null;

  /** Does its user find it in his list? */
  @Column('boolean', { default: true })
  inInbox: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  /** Of what is shown at once, even on a device that sleeps: until when it makes sense. Later it is not sent. */
  @Column('timestamptz', { nullable: true })
  urgentUntil: Date | null;

  /** When it was taken back: not sent any more, or taken off the devices. */
  @Column('timestamptz', { nullable: true })
  withdrawnAt: Date | null;

  /** Since when a worker is sending it. */
  @Column('timestamptz', { nullable: true })
  claimedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  sentAt: Date | null;

  /** When the first device said that it had come. */
  @Column('timestamptz', { nullable: true })
  deliveredAt: Date | null;

  /** When the user followed it. */
  @Column('timestamptz', { nullable: true })
  openedAt: Date | null;

  /** When the user had seen what it tells of, here or elsewhere. */
  @Column('timestamptz', { nullable: true })
  readAt: Date | null;
}

/** One notification on one device: it goes there once, however often sending is tried. */
@Entity('push_deliveries')
@Unique(['notificationId', 'deviceTokenId'])
export class PushDelivery {
  @Identity()
  id: number;

  @Column('bigint')
  @ForeignKey(() => PushNotification, { onDelete: 'CASCADE' })
  notificationId: number;

  /** Null once the device is forgotten. */
  @Index()
  @Column('bigint', { nullable: true })
  @ForeignKey(() => DeviceToken, { onDelete: 'SET NULL' })
  deviceTokenId: number | null;

  @Column('varchar', { length: 20 })
  deviceType: DeviceType;

  @Column('varchar', { length: 255, nullable: true })
  fcmMessageId: string | null;

  /** Why it will not be sent to this device. */
  @Column('text', { nullable: true })
  errorMessage: string | null;

  /** How often the provider could not take it. */
  @Column('int', { default: 0 })
  attempts: number;

  @Column('timestamptz', { nullable: true })
  sentAt: Date | null;

  @Column('timestamptz', { nullable: true })
  deliveredAt: Date | null;

  @Column('timestamptz', { nullable: true })
  openedAt: Date | null;
}
