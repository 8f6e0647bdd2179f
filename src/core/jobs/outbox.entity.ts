import { Identity } from 'src/core/database/columns';
import { Column, CreateDateColumn, Entity, Index } from 'typeorm';

/** One piece of work that must happen: written with the change that calls for it, deleted when it has been done. */
@Entity('outbox')
@Index('ix_outbox_waiting', ['id'], { where: 'queued_at IS NULL AND parked_at IS NULL' })
@Index('ix_outbox_queued', ['queuedAt'], { where: 'queued_at IS NOT NULL AND parked_at IS NULL' })
@Index('ix_outbox_parked', ['id'], { where: 'parked_at IS NOT NULL' })
export class OutboxRow {
  @Identity()
  id: number;

  /** A job's name, or `Class.method` of a durable fact handler. */
  @Column('text')
  handler: string;

  @Column('jsonb')
  payload: unknown;

  @Column('text')
  tenantId: string;

  @Column('text')
  traceId: string;

  /** Not before. */
  @Column('timestamptz', { default: () => 'now()' })
  runAt: Date;

  /** Since when BullMQ knows of it. */
  @Column('timestamptz', { nullable: true })
  queuedAt: Date | null;

  /** Since when it is given up, after its last attempt. */
  @Column('timestamptz', { nullable: true })
  parkedAt: Date | null;

  /** How often it had been tried when it was given up; goes on counting when an admin has it tried again. */
  @Column('int', { default: 0 })
  attempts: number;

  /** What the last failed attempt said. */
  @Column('text', { nullable: true })
  error: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
