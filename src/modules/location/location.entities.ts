import type { Motion } from 'src/modules/location/plausibility';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';

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

  /** Percent. */
  @Column('double precision', { nullable: true })
  battery: number | null;

  /** What the device believes its user does: `walking`. */
  @Column('text', { nullable: true })
  activity: string | null;

  /** What the device has it from: `gps`. */
  @Column('text', { nullable: true })
  source: string | null;

  /** Bits, see `plausibility.ts`. */
  @Column('smallint', { default: 0 })
  flags: number;
}

/**
 * The points of those who keep a history. Partitioned: what is kept for ever by itself, the rest by the week of its recording, so
 * that what everybody's choice has outlived is dropped and not deleted (`retention.repository.ts`). No foreign key asks for each
 * point whether its user is there: who writes points locks his row, and a trigger of `users` lets them go with him; so also for the
 * two other tables that points stream into.
 */
@Entity('user_locations')
export class UserLocation extends Place {
  @PrimaryColumn('uuid')
  userId: string;

  /** By the device's clock. */
  @PrimaryColumn('timestamptz')
  recordedAt: Date;

  /** From `user_locations_id_seq`, which numbers all points, also those that nobody keeps. */
  @PrimaryColumn('bigint')
  id: number;

  /** Kept for ever, as its user has chosen. */
  @PrimaryColumn('boolean')
  isPermanent: boolean;

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
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** The point it is; that need not be in the history. */
  @Column('bigint')
  locationId: number;

  @Column('timestamptz')
  recordedAt: Date;

  /** What the next point is judged by. null: this position, or, if it has flags, nothing. */
  @Column('jsonb', { nullable: true })
  motion: Motion | null;

  /** What the user's coarse positions are snapped by; see `grid.ts`. */
  @Column('uuid')
  gridKey: string;
}

/**
 * The points that came under a client's own name within the last day, so that a retry makes no second one: across partitions, and
 * for those who keep no history too. Of the place it holds only a digest.
 */
@Entity('location_keys')
@Index(['createdAt'])
export class LocationKey {
  @PrimaryColumn('uuid')
  userId: string;

  @PrimaryColumn('text')
  clientId: string;

  @Column('bigint')
  locationId: number;

  @Column('timestamptz')
  recordedAt: Date;

  @Column('smallint')
  flags: number;

  @Column('boolean')
  isKept: boolean;

  @Column('bytea')
  digest: Buffer;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** Points that a feature has to see, each of them, of users whom it follows. They go when it is done with them. */
@Entity('location_fixes')
export class LocationFix {
  @PrimaryColumn('uuid')
  userId: string;

  @PrimaryColumn('timestamptz')
  recordedAt: Date;

  @PrimaryColumn('bigint')
  id: number;

  @Column('double precision')
  latitude: number;

  @Column('double precision')
  longitude: number;

  @Column('double precision', { nullable: true })
  accuracy: number | null;

  /** Not by the device's clock. */
  @CreateDateColumn({ type: 'timestamptz' })
  receivedAt: Date;
}

/** That a feature wants to know of a user's every fix, or of his moves. */
@Entity('location_followers')
export class LocationFollower {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('text')
  feature: string;

  @Column('text')
  wants: 'fixes' | 'moves';
}

/** How much of their positions is kept: nothing but the newest, some days of them, or all. */
export type HistoryChoice = 'live_only' | 'days' | 'forever';

/** What users have chosen; those without a row keep nothing but their newest position. */
@Entity('location_settings')
export class LocationSettings {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  history: HistoryChoice;

  /** For `days`. */
  @Column('integer')
  historyDays: number;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
