import { Identity } from 'src/core/database/columns';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index } from 'typeorm';

export const EXPORT_STATUSES = ['pending', 'running', 'ready', 'failed'] as const;
export type ExportStatus = (typeof EXPORT_STATUSES)[number];

/** A ZIP of all that belongs to a user, that is to be made or has been. The row goes with the object. */
@Entity('data_exports')
@Index('uq_data_exports_under_way', ['userId'], { unique: true, where: `status IN ('pending', 'running')` })
@Index(['userId', 'id'])
export class DataExport {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** `failed` ones may be tried again. */
  @Column('varchar', { length: 10, default: 'pending' })
  status: ExportStatus;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  readyAt: Date | null;

  /** Until then its link is good. */
  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  @Column('bigint', { nullable: true })
  sizeBytes: number | null;
}
