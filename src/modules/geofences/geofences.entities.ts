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
  Unique,
  UpdateDateColumn,
} from 'typeorm';

/** A circle whose border its owner wants to know of when he crosses it. */
@Entity('geofence_areas')
export class GeofenceArea {
  @Identity()
  id: number;

  @Index()
  @Column('uuid')
  userId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  @Column('varchar', { length: 255 })
  name: string;

  @Column('double precision')
  centerLatitude: number;

  @Column('double precision')
  centerLongitude: number;

  @Column('double precision')
  radiusMeters: number;

  /** Events are kept in any case; this is whether the owner is told. */
  @Column('boolean', { default: true })
  notifyOnEntry: boolean;

  @Column('boolean', { default: true })
  notifyOnExit: boolean;

  @Column('boolean', { default: true })
  isActive: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

/** How far a user's fixes have been followed. Its row is the lock under which his fences and their states change. */
@Entity('geofence_cursors')
export class GeofenceCursor {
  @PrimaryColumn('uuid')
  userId: string;

  @OneToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  /** Fixes up to this moment are done with; null until there is one. */
  @Column('timestamptz', { nullable: true })
  fixAt: Date | null;
}

/** On which side of a fence its owner is: see `FenceState`. */
@Entity('geofence_states')
export class GeofenceState {
  @PrimaryColumn('bigint')
  geofenceId: number;

  @OneToOne(() => GeofenceArea, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'geofence_id' })
  geofence?: GeofenceArea;

  @Column('varchar', { length: 10, default: 'unknown' })
  side: 'inside' | 'outside' | 'unknown';

  @Column('timestamptz', { nullable: true })
  fixAt: Date | null;

  @Column('timestamptz', { nullable: true })
  pendingSince: Date | null;

  @Column('bigint', { nullable: true })
  pendingLocationId: number | null;

  @Column('integer', { nullable: true })
  pendingFixes: number | null;
}

/** One crossing of a fence. The points that made it are named, not referred to: they may be forgotten before it is. */
@Entity('geofence_events')
@Unique(['geofenceId', 'eventType', 'locationId'])
@Index(['userId', 'id'])
@Index(['geofenceId', 'id'])
export class GeofenceEvent {
  @Identity()
  id: number;

  @Column('uuid')
  userId: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  @Column('bigint')
  geofenceId: number;

  @ManyToOne(() => GeofenceArea, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'geofence_id' })
  geofence?: GeofenceArea;

  @Column('varchar', { length: 20 })
  eventType: 'entry' | 'exit';

  /** Of the fix that made it certain. */
  @Column('double precision')
  latitude: number;

  @Column('double precision')
  longitude: number;

  @Column('double precision', { nullable: true })
  accuracy: number | null;

  @Column('double precision')
  distanceMeters: number;

  /** The fix that made it certain. */
  @Column('bigint')
  locationId: number;

  /** The first fix beyond the border. */
  @Column('bigint')
  firstLocationId: number;

  @Column('timestamptz')
  recordedAt: Date;

  @Column('timestamptz')
  crossedAt: Date;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
