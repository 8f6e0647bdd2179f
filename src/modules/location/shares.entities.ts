import { Identity } from 'src/core/database/columns';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, UpdateDateColumn } from 'typeorm';

/** The right of one person to see another's position until a moment. It ends at `expiresAt` whether or not anything ran then. */
@Entity('location_shares')
@Index('uq_location_shares_active_pair', ['userId', 'targetUserId'], { unique: true, where: 'is_active' })
@Index('ix_location_shares_target_user_id', ['targetUserId'], { where: 'is_active' })
export class LocationShare {
  @Identity()
  id: number;

  /** Whose position it is. */
  @Column('uuid')
  userId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  /** Who may see it. */
  @Column('uuid')
  targetUserId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'target_user_id' })
  targetUser?: User;

  @Column('timestamptz')
  expiresAt: Date;

  /** Not stopped yet; live only if it has not expired either. */
  @Column('boolean', { default: true })
  isActive: boolean;

  @Column('timestamptz', { nullable: true })
  stoppedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
