import { Identity } from 'src/core/database/columns';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import type { MessageView } from 'src/modules/chats/messages.dto';
import { StoredFile } from 'src/modules/files/files.entities';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index } from 'typeorm';

export const REASONS = [
  'spam',
  'harassment',
  'hate',
  'violence',
  'sexual',
  'child_safety',
  'self_harm',
  'illegal',
  'impersonation',
  'other',
] as const;
export type Reason = (typeof REASONS)[number];

export const RESOLUTIONS = ['dismiss', 'delete_message', 'warn', 'suspend'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a reported message said, kept whatever becomes of it. */
export interface Evidence {
  content: string;
  message_type: string;
  metadata: MessageView['metadata'];
  is_edited: boolean;
  created_at: string;
  /** Who it was, once his account is gone. */
  sender?: { id: string; username: string };
}

/** Somebody asks the moderators to look at a message, or at a person. Open until a moderator resolves it. */
@Entity('reports')
@Index('uq_reports_reporter_id_message_id', ['reporterId', 'messageId'], {
  unique: true,
  where: 'message_id IS NOT NULL AND resolved_at IS NULL',
})
@Index('uq_reports_reporter_id_user_id', ['reporterId', 'userId'], {
  unique: true,
  where: 'message_id IS NULL AND resolved_at IS NULL',
})
@Index('ix_reports_open', ['id'], { where: 'resolved_at IS NULL' })
export class Report {
  @Identity()
  id: number;

  @Column('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  /** Null when he has gone. */
  @Index()
  @Column('uuid', { nullable: true })
  @ForeignKey(() => User, { onDelete: 'SET NULL' })
  reporterId: string | null;

  /** Who is reported: of a message, its sender, or his stand-in. */
  @Index()
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Since when the sender's account is gone; the report goes soon, too. */
  @Index('ix_reports_user_gone_at', { where: 'user_gone_at IS NOT NULL' })
  @Column('timestamptz', { nullable: true })
  userGoneAt: Date | null;

  /** No foreign keys: the report outlives the message. */
  @Column('bigint', { nullable: true })
  chatId: number | null;

  @Index()
  @Column('bigint', { nullable: true })
  messageId: number | null;

  @Column('varchar', { length: 20 })
  reason: Reason;

  @Column('text', { nullable: true })
  comment: string | null;

  @Column('jsonb', { nullable: true })
  evidence: Evidence | null;

  /** What the message carried: kept for the moderators, whatever becomes of the message, until some time after the report is resolved. */
  @Index('ix_reports_file_id', { where: 'file_id IS NOT NULL' })
  @Column('bigint', { nullable: true })
  @ForeignKey(() => StoredFile, { onDelete: 'SET NULL' })
  fileId: number | null;

  @Column('text', { array: true, nullable: true })
  resolutions: Resolution[] | null;

  /** The moderator's, for other moderators. */
  @Column('text', { nullable: true })
  note: string | null;

  @Column('uuid', { nullable: true })
  resolvedBy: string | null;

  @Column('timestamptz', { nullable: true })
  resolvedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
