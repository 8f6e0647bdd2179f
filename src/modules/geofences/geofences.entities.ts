import { Identity } from 'src/core/database/columns';
import type { DeviceClock } from 'src/modules/geofences/device-clock';
import type { Ring } from 'src/modules/geofences/polygons';
import type { Crossing, Evidence, FenceState, Pending } from 'src/modules/geofences/geofences.matcher';
import { Chat } from 'src/modules/chats/chats.entities';
import type { Sight } from 'src/modules/location/sights.service';
import { LocationShare } from 'src/modules/location/shares.entities';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

/** A circle or polygon whose border its owner wants to know of when he crosses it. */
@Entity('geofence_areas')
@Index('ix_geofence_areas_chat_place', { synchronize: false }) // of boxes, which entities can't say
@Index('ix_geofence_areas_own_place', { synchronize: false })
export class GeofenceArea {
  @Identity()
  id: number;

  @Index()
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Another one whom it watches, if he agrees. */
  @Index()
  @Column('uuid', { nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  subjectId: string | null;

  /** It watches those who share their position with this chat, for all its members. */
  @Index()
  @Column('bigint', { nullable: true })
  @ForeignKey(() => Chat, { onDelete: 'CASCADE' })
  chatId: number | null;

  @Column('varchar', { length: 255 })
  name: string;

  @Column('text', { nullable: true })
  description: string | null;

  @Column('double precision')
  centerLatitude: number;

  @Column('double precision')
  centerLongitude: number;

  /** Of a polygon: of the circle around it. */
  @Column('double precision')
  radiusMeters: number;

  /** A polygon's rings; null: it is a circle. */
  @Column('jsonb', { nullable: true })
  boundary: Ring[] | null;

  /** How many those have together; 0 for a circle. */
  @Column('integer', { default: 0 })
  positions: number;

  /** The box around it, see `Box`. */
  @Column('double precision')
  west: number;

  @Column('double precision')
  south: number;

  @Column('double precision')
  east: number;

  @Column('double precision')
  north: number;

  /** Events are kept in any case; this is whether the owner is told. */
  @Column('boolean', { default: true })
  notifyOnEntry: boolean;

  @Column('boolean', { default: true })
  notifyOnExit: boolean;

  @Column('boolean', { default: true })
  notifyOnDwell: boolean;

  /** Staying so long inside is an event. */
  @Column('integer', { nullable: true })
  dwellSeconds: number | null;

  /** For so long after telling of an event the owner is not told of another of the same type. */
  @Column('integer', { default: 0 })
  cooldownSeconds: number;

  /** From then on it is not watched. */
  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  @Column('boolean', { default: true })
  isActive: boolean;

  /** Counts how often it was moved, reshaped or switched on: what was known of people before says nothing of it now. */
  @Column('integer', { default: 0 })
  shape: number;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

/** How far a user's fixes have been followed. Its row is the lock under which his fences and their states change. */
@Entity('geofence_cursors')
export class GeofenceCursor {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Fixes up to this moment are done with; null until there is one. */
  @Column('timestamptz', { nullable: true })
  fixAt: Date | null;

  /** The last of them: the next way begins there. */
  @Column('jsonb', { nullable: true })
  lastFix: StoredFix | null;

  /** Of his device; null: nothing is known of it. */
  @Column('jsonb', { nullable: true })
  clock: DeviceClock | null;
}

/** A fix as JSON; `at` is ms since 1970. */
export interface StoredFix {
  id: number;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  at: number;
  /** When the two before it were recorded, oldest first. */
  before?: number[];
}

/** On which side of a fence somebody is whom it watches: see `FenceState`. */
@Entity('geofence_states')
export class GeofenceState {
  @PrimaryColumn('bigint')
  @ForeignKey(() => GeofenceArea, { onDelete: 'CASCADE' })
  geofenceId: number;

  @Index()
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Of the fence, when this was known; of another shape it says nothing. */
  @Column('integer', { default: 0 })
  shape: number;

  @Column('varchar', { length: 10, default: 'unknown' })
  side: FenceState['side'];

  /** The first fixes alone say so, and too few of them. */
  @Column('boolean', { default: false })
  provisional: boolean;

  @Column('timestamptz', { nullable: true })
  fixAt: Date | null;

  @Column('timestamptz', { nullable: true })
  since: Date | null;

  @Column('jsonb', { default: [] })
  evidence: Evidence[];

  @Column('boolean', { default: false })
  dwelled: boolean;

  @Column('jsonb', { nullable: true })
  pending: Pending | null;
}

export type WatchState = 'asked' | 'accepted' | 'declined' | 'withdrawn' | 'ended';

/**
 * Whether somebody agrees to be watched by another's fence. Of a chat's fence there is a row only for who does not: by sharing with
 * the chat one agrees.
 */
@Entity('geofence_watches')
@Index(['userId'])
@Index(['shareId'])
export class GeofenceWatch {
  @PrimaryColumn('bigint')
  @ForeignKey(() => GeofenceArea, { onDelete: 'CASCADE' })
  geofenceId: number;

  /** Whom it watches. */
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  state: WatchState;

  /** The share that he agreed under: with it ends what he agreed to. */
  @Column('bigint', { nullable: true })
  @ForeignKey(() => LocationShare, { onDelete: 'CASCADE' })
  shareId: number | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  decidedAt: Date | null;
}

/** That somebody has said no to a fence that another had drawn for him and removed: he is not to ask again for a while all the same. */
@Entity('geofence_refusals')
@Index(['ownerId'])
export class GeofenceRefusal {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Whose fence it was. */
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  ownerId: string;

  @Column('timestamptz')
  refusedAt: Date;
}

/** One crossing of a fence. The points that made it are named, not referred to: they may be forgotten before it is. */
@Entity('geofence_events')
@Unique(['geofenceId', 'eventType', 'locationId'])
@Index(['userId', 'id'])
@Index(['geofenceId', 'id'])
@Index(['userId', 'recordedAt'])
@Index(['recordedAt'])
export class GeofenceEvent {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('bigint')
  @ForeignKey(() => GeofenceArea, { onDelete: 'CASCADE' })
  geofenceId: number;

  /** By which the owner of the fence saw it, if it is one of another; and how precisely. */
  @Column('bigint', { nullable: true })
  shareId: number | null;

  @Column('text', { nullable: true })
  precision: Sight['precision'] | null;

  @Column('varchar', { length: 20 })
  eventType: Crossing['type'];

  /** Of the fix that made it certain. */
  @Column('double precision')
  latitude: number;

  @Column('double precision')
  longitude: number;

  @Column('double precision', { nullable: true })
  accuracy: number | null;

  /** From the centre. */
  @Column('double precision')
  distanceMeters: number;

  /** From the border; negative inside. */
  @Column('double precision')
  borderMeters: number;

  @Column('varchar', { length: 20 })
  reason: Crossing['reason'];

  @Column('double precision')
  confidence: number;

  /** The fixes that made it. */
  @Column('jsonb')
  evidence: Evidence[];

  /** Why its owner is not told: it came late, the fence did not ask for it then, or it came too soon after another that was told. */
  @Column('varchar', { length: 20, nullable: true })
  silenced: 'late' | 'unasked' | 'cooldown' | null;

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
