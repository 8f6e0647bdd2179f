import { Identity } from 'src/core/database/columns';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index } from 'typeorm';

export type ImportState = 'waiting' | 'running' | 'done' | 'failed';

/** A track that a user hands over for his history. */
@Entity('location_imports')
@Index(['userId'])
@Index('ix_location_imports_under_way', ['storageKey'], { where: 'ended_at IS NULL' })
export class LocationImport {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Of the file, which goes when it is read. */
  @Column('text')
  storageKey: string;

  @Column('text')
  name: string;

  @Column('bigint')
  size: number;

  @Column('text', { default: 'waiting' })
  state: ImportState;

  @Column('bigint', { default: 0 })
  bytesRead: number;

  @Column('integer', { default: 0 })
  stored: number;

  @Column('integer', { default: 0 })
  refused: number;

  @Column('text', { nullable: true })
  fault: string | null;

  /** Spans of the history (their start included, their end not) that its user has deleted since: the track does not bring them back. */
  @Column('jsonb', { default: [] })
  leftOut: { from: string | null; to: string | null }[];

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  endedAt: Date | null;
}
