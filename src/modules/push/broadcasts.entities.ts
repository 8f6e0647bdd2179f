import { Identity } from 'src/core/database/columns';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import type { NotificationKind } from 'src/modules/push/push.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index } from 'typeorm';

export interface BroadcastText {
  title: string;
  body: string;
}

/** Whom a broadcast is for: all of its tenant whom no given part leaves out. */
export interface Segment {
  languages?: string[];
  platforms?: ('ios' | 'android' | 'web')[];
  tenant_id?: string;
  /** RFC 3339. */
  seen_after?: string;
  /** So are those who were never seen. */
  not_seen_after?: string;
}

export type BroadcastStatus = 'running' | 'paused' | 'cancelled' | 'done';

/** Something that an admin tells many people. */
@Entity('broadcasts')
@Index(['tenantId', 'id'])
export class Broadcast {
  @Identity()
  id: number;

  @Column('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  @Column('uuid')
  createdBy: string;

  /** For everybody who has no own text in `translations`. */
  @Column('jsonb')
  text: BroadcastText;

  /** By language. */
  @Column('jsonb', { default: {} })
  translations: Record<string, BroadcastText>;

  @Column('varchar', { length: 50 })
  notificationType: NotificationKind;

  @Column('jsonb')
  data: Record<string, string>;

  @Column('jsonb')
  segment: Segment;

  /** Nobody is told before. */
  @Column('timestamptz')
  scheduledAt: Date;

  /** `09:00`: each is told when it is so late where he is. */
  @Column('varchar', { length: 5, nullable: true })
  localTime: string | null;

  /** Running is what waits for its time too. */
  @Column('varchar', { length: 20, default: 'running' })
  status: BroadcastStatus;

  /** How many there were when it was made. */
  @Column('int')
  recipients: number;

  @Column('timestamptz', { nullable: true })
  startedAt: Date | null;

  /** When it was done or cancelled. */
  @Column('timestamptz', { nullable: true })
  finishedAt: Date | null;

  /** Who registered later is not told. */
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/**
 * Those of a broadcast's people who are told at the same time, and how far it has come among them. One whose people have times of
 * their own has a part for each time zone, and a last one for all: for who has moved meanwhile to where it was over.
 */
@Entity('broadcast_parts')
@Index('ix_broadcast_parts_open', ['dueAt'], { where: 'finished_at IS NULL' })
export class BroadcastPart {
  @Identity()
  id: number;

  @Index()
  @Column('bigint')
  @ForeignKey(() => Broadcast, { onDelete: 'CASCADE' })
  broadcastId: number;

  /** Null: those of all zones who have not been told. */
  @Column('text', { nullable: true })
  timeZone: string | null;

  @Column('timestamptz')
  dueAt: Date;

  /** The last user who was told; users are told in the order of their ids. Null before the first. */
  @Column('uuid', { nullable: true })
  cursor: string | null;

  /** How many have been told. */
  @Column('int', { default: 0 })
  processed: number;

  @Column('timestamptz', { nullable: true })
  finishedAt: Date | null;

  @Column('timestamptz', { default: () => 'now()' })
  movedAt: Date;
}
