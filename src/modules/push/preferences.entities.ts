import { User } from 'src/modules/users/users.entities';
import { Column, Entity, ForeignKey, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** What users can have an opinion on. */
export const TOPICS = ['message', 'mention', 'call', 'geofence', 'location', 'system', 'announcement'] as const;
export type Topic = (typeof TOPICS)[number];

/** The ways to a user: his phones, his browsers, his list. */
export const CHANNELS = ['push', 'web', 'inbox'] as const;
export type Channel = (typeof CHANNELS)[number];

/** What a user wants to be told, where and when. No row: everything, everywhere, always. */
@Entity('notification_preferences')
export class NotificationPreferences {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** What he does not want, as `<topic>.<channel>`. */
  @Column('text', { array: true })
  off: string[];

  /** Minutes of his day from and to which he is left alone; null: none. */
  @Column('smallint', { nullable: true })
  quietStart: number | null;

  @Column('smallint', { nullable: true })
  quietEnd: number | null;

  /** What he is told even then. */
  @Column('text', { array: true })
  quietAllow: Topic[];

  /** May a push have names and texts in it? */
  @Column('boolean')
  showContent: boolean;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
