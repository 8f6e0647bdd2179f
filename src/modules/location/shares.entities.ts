import { Identity } from 'src/core/database/columns';
import { Chat } from 'src/modules/chats/chats.entities';
import type { Precision } from 'src/modules/location/precision';
import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, UpdateDateColumn } from 'typeorm';

/** To whom a share opens a position: one person, the members of a chat, the owner's contacts, or whoever has the link. */
export type Audience = 'user' | 'chat' | 'contacts' | 'link';

export type EndReason = 'stopped' | 'expired' | 'arrived' | 'blocked';

/** That others may see somebody's position until a moment. It ends at `expiresAt` whether or not anything ran then. */
@Entity('location_shares')
@Index('uq_location_shares_active_pair', ['userId', 'targetUserId'], { unique: true, where: 'is_active' })
@Index('uq_location_shares_active_chat', ['userId', 'chatId'], { unique: true, where: 'is_active' })
@Index('uq_location_shares_active_contacts', ['userId'], {
  unique: true,
  where: `is_active AND audience = 'contacts'`,
})
@Index('ix_location_shares_any_user_id', ['userId'])
@Index('ix_location_shares_target_user_id', ['targetUserId'], { where: 'is_active' })
@Index('ix_location_shares_any_target_user_id', ['targetUserId'], { where: 'target_user_id IS NOT NULL' })
@Index('ix_location_shares_chat_id', ['chatId'], { where: 'is_active' })
@Index('ix_location_shares_any_chat_id', ['chatId'], { where: 'chat_id IS NOT NULL' })
@Index('uq_location_shares_token_hash', ['tokenHash'], { unique: true })
export class LocationShare {
  @Identity()
  id: number;

  /** Whose position it is. */
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  audience: Audience;

  /** Of `user`: who may see it. */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  targetUserId: string | null;

  /** Of `chat`: whose members may see it, as they are at the moment of reading; null once there is no such chat any more. */
  @Column('bigint', { nullable: true })
  @ForeignKey(() => Chat, { onDelete: 'SET NULL' })
  chatId: number | null;

  @Column('text')
  precision: Precision;

  /** Whether the owner's history since the share began is shown too. */
  @Column('boolean')
  showsHistory: boolean;

  /** null: until it is stopped. */
  @Column('timestamptz', { nullable: true })
  expiresAt: Date | null;

  /** It ends when the owner gets within `arrivalRadius` metres of this place. */
  @Column('double precision', { nullable: true })
  arrivalLatitude: number | null;

  @Column('double precision', { nullable: true })
  arrivalLongitude: number | null;

  @Column('double precision', { nullable: true })
  arrivalRadius: number | null;

  /** Of `link`: SHA-256 of the token. */
  @Column('bytea', { nullable: true })
  tokenHash: Buffer | null;

  @Column('text', { nullable: true })
  passwordHash: string | null;

  @Column('integer', { nullable: true })
  maxViews: number | null;

  @Column('integer', { default: 0 })
  views: number;

  /** Not stopped yet; live only if it has not expired either. */
  @Column('boolean', { default: true })
  isActive: boolean;

  @Column('timestamptz', { nullable: true })
  stoppedAt: Date | null;

  @Column('text', { nullable: true })
  endReason: EndReason | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

/** A circle in which its owner is not to be seen by anybody. */
@Entity('private_places')
@Index(['userId'])
export class PrivatePlaceRow {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  name: string;

  @Column('double precision')
  latitude: number;

  @Column('double precision')
  longitude: number;

  /** Metres. */
  @Column('double precision')
  radius: number;

  /** What the hidden circle is drawn by; see `shade.ts`. */
  @Column('uuid')
  key: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** The ways on which a position reaches somebody. */
export const READ_EXITS = ['rest', 'socket', 'history', 'link', 'fence'] as const;
export type ReadExit = (typeof READ_EXITS)[number];

/** That somebody got a position of the user's, within one hour, on one way, by one share. (The index has NULLS NOT DISTINCT.) */
@Entity('location_reads')
@Index('uq_location_reads_hour', ['userId', 'shareId', 'viewerId', 'exit', 'hour'], { unique: true })
@Index(['lastAt'])
@Index(['viewerId'])
@Index(['shareId'])
export class LocationRead {
  @Identity()
  id: number;

  /** Whose position it was. */
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** null: somebody who had the link. */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  viewerId: string | null;

  @Column('bigint')
  @ForeignKey(() => LocationShare, { onDelete: 'CASCADE' })
  shareId: number;

  @Column('text')
  exit: ReadExit;

  @Column('text')
  precision: Precision;

  @Column('timestamptz')
  hour: Date;

  @Column('timestamptz')
  firstAt: Date;

  @Column('timestamptz')
  lastAt: Date;

  @Column('integer')
  count: number;
}

export type RequestState = 'pending' | 'accepted' | 'declined' | 'withdrawn';

/** That somebody would like to see another's position. */
@Entity('location_requests')
@Index('uq_location_requests_pending', ['userId', 'targetUserId'], { unique: true, where: `state = 'pending'` })
@Index(['userId'])
@Index(['targetUserId'])
@Index('ix_location_requests_share_id', ['shareId'], { where: 'share_id IS NOT NULL' })
@Index('ix_location_requests_decided_at', ['decidedAt'], { where: 'decided_at IS NOT NULL' })
export class LocationRequest {
  @Identity()
  id: number;

  /** Who asks. */
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Whose position he would like to see. */
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  targetUserId: string;

  @Column('text', { default: 'pending' })
  state: RequestState;

  /** By which it was accepted. */
  @Column('bigint', { nullable: true })
  @ForeignKey(() => LocationShare, { onDelete: 'SET NULL' })
  shareId: number | null;

  @Column('timestamptz', { nullable: true })
  decidedAt: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
