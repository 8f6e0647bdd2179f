import { Identity } from 'src/core/database/columns';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, Unique, UpdateDateColumn } from 'typeorm';

export const DEVICE_TYPES = ['ios', 'android', 'web'] as const;
export type DeviceType = (typeof DEVICE_TYPES)[number];

export type NotificationKind = 'message' | 'call' | 'geofence' | 'system';

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

  @Column('varchar', { length: 500 })
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

  @Column('varchar', { length: 255 })
  title: string;

  @Column('text')
  body: string;

  @Column('varchar', { length: 50 })
  notificationType: NotificationKind;

  @Column('varchar', { length: 50, nullable: true })
  category: string | null;

  @Column('jsonb')
  data: Record<string, string>;

  @Column('boolean', { default: false })
  isSent: boolean;

  /** What the provider called it; on several devices, the first one's. */
  @Column('varchar', { length: 255, nullable: true })
  fcmMessageId: string | null;

  /** Why it will not be sent; null while it may be. */
  @Column('text', { nullable: true })
  errorMessage: string | null;

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
}
