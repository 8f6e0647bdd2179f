import { Identity } from 'src/core/database/columns';
import type { Role } from 'src/core/http/roles';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique, UpdateDateColumn } from 'typeorm';

/** What a user wants to be shown as while he is connected; `offline` hides that he is. */
export type ChosenStatus = 'online' | 'away' | 'offline';

/** Whom a user lets do something: all, his contacts (see the view `contacts`), or none. */
export type Audience = 'everyone' | 'contacts' | 'nobody';

@Entity('users')
@Unique(['tenantId', 'username'])
@Unique(['tenantId', 'email'])
@Index('ix_users_role', ['role', 'id'], { where: `role <> 'user'` })
@Index('ix_users_suspended', ['id'], { where: 'suspended_at IS NOT NULL' })
@Index('ix_users_deactivated', ['id'], { where: 'deactivated_at IS NOT NULL' })
@Index('ix_users_unfolded', ['id'], { where: 'terms IS NULL' })
export class User {
  /** UUID v7, made by us. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  /** Lower case. */
  @Column('varchar', { length: 50 })
  username: string;

  /** Lower case. */
  @Index('ix_users_email') // by its beginning
  @Column('varchar', { length: 255 })
  email: string;

  @Column('varchar', { length: 255 })
  passwordHash: string;

  @Column('varchar', { length: 100, nullable: true })
  displayName: string | null;

  /** What his names are found by; see `name-terms.ts`. PostgreSQL itself empties it when they change, until it is filled again. */
  @Index('ix_users_terms', { type: 'gin' })
  @Column('tsvector', { nullable: true, select: false })
  terms: string | null;

  @Column('text', { nullable: true })
  avatarUrl: string | null;

  @Column('text', { nullable: true })
  bio: string | null;

  @Column('varchar', { length: 20, nullable: true })
  phoneNumber: string | null;

  /** BCP 47, one of the supported; null follows the request. */
  @Column('varchar', { length: 10, nullable: true })
  language: string | null;

  /** IANA name. */
  @Column('text', { default: 'UTC' })
  timezone: string;

  @Column('boolean', { default: true })
  isActive: boolean;

  @Column('boolean', { default: false })
  isVerified: boolean;

  /** Never from a body of the user's own. */
  @Column('varchar', { length: 10, default: 'user' })
  role: Role;

  /** While he is kept out by an administrator he is not active. */
  @Column('timestamptz', { nullable: true })
  suspendedAt: Date | null;

  @Column('text', { nullable: true })
  suspensionReason: string | null;

  /** When he closed his account himself; then he is not active either. */
  @Column('timestamptz', { nullable: true })
  deactivatedAt: Date | null;

  /** When his account is to be deleted, unless he signs in before. */
  @Index('ix_users_deletion_due_at', { where: 'deletion_due_at IS NOT NULL' })
  @Column('timestamptz', { nullable: true })
  deletionDueAt: Date | null;

  /** Of one who is being deleted, and of the stand-in who remains: nobody can sign in as either, or change them. */
  @Column('timestamptz', { nullable: true })
  deletedAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastSeen: Date | null;

  @Column('varchar', { length: 10, default: 'online' })
  chosenStatus: ChosenStatus;

  @Column('varchar', { length: 140, nullable: true })
  statusMessage: string | null;

  @Column('varchar', { length: 10, default: 'everyone' })
  findableBy: Audience;

  /** Who sees whether he is there, and when he was last. */
  @Column('varchar', { length: 10, default: 'everyone' })
  lastSeenFor: Audience;

  @Column('varchar', { length: 10, default: 'everyone' })
  messagesFrom: Audience;

  @Column('varchar', { length: 10, default: 'everyone' })
  groupsFrom: Audience;

  /** Do others see what he has read? If not, he doesn't see it of others. */
  @Column('boolean', { default: true })
  readReceipts: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

/** A username that its user has given up: for a time nobody else gets it, who could be taken for him. */
@Entity('former_usernames')
@Index(['username'])
export class FormerUsername {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('varchar', { length: 50 })
  username: string;

  @Index()
  @Column('timestamptz', { default: () => 'now()' })
  givenUpAt: Date;
}

/** One user wants to have nothing to do with another; it holds both ways. */
@Entity('user_blocks')
@Unique(['blockerId', 'blockedId'])
export class UserBlock {
  @Identity()
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  blockerId: string;

  @Index()
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  blockedId: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
