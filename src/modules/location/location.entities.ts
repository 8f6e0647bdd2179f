import { Identity } from 'src/core/database/columns';
import { User } from 'src/modules/users/users.entities';
import {
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
  UpdateDateColumn,
} from 'typeorm';

/** Where somebody was at a moment: WGS 84 degrees, metres, metres per second, degrees clockwise from north. */
abstract class Place {
  @Column('double precision')
  latitude: number;

  @Column('double precision')
  longitude: number;

  @Column('double precision', { nullable: true })
  accuracy: number | null;

  @Column('double precision', { nullable: true })
  altitude: number | null;

  @Column('double precision', { nullable: true })
  speed: number | null;

  @Column('double precision', { nullable: true })
  heading: number | null;

  /** By the device's clock. */
  @Column('timestamptz')
  recordedAt: Date;
}

/** The points of the history. */
@Entity('user_locations')
@Index(['userId', 'recordedAt'])
@Index('uq_user_locations_user_id_client_id', ['userId', 'clientId'], {
  unique: true,
  where: 'client_id IS NOT NULL',
})
export class UserLocation extends Place {
  @Identity()
  id: number;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  /** The device's own name of the point: sending it again makes no second one. */
  @Column('text', { nullable: true })
  clientId: string | null;

  /** When it reached us. */
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** The newest position of each user, by the time of its recording; late points do not move it back. */
@Entity('live_locations')
export class LiveLocation extends Place {
  @PrimaryColumn('uuid')
  userId: string;

  @OneToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  /** The point it is; that may be deleted from the history before. */
  @Column('bigint')
  locationId: number;
}

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
