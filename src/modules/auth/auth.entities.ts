import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';

/** One sign-in of one device: what its tokens live by. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('uuid')
  id: string;

  @Index()
  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('text', { nullable: true })
  userAgent: string | null;

  @Column('inet', { nullable: true })
  ip: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  /** When its newest refresh token was handed out. */
  @Column('timestamptz', { default: () => 'now()' })
  lastActiveAt: Date;

  @Column('timestamptz', { nullable: true })
  revokedAt: Date | null;
}

/** A code that was sent by mail, and its link's token, as keyed hashes. */
@Entity('email_codes')
@Unique(['tokenHash'])
@Index(['codeHash'])
export class EmailCode {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('text')
  purpose: string;

  /** Where it was sent: the address may have changed since. */
  @Column('varchar', { length: 255 })
  email: string;

  @Column('bytea')
  codeHash: Buffer;

  @Column('bytea')
  tokenHash: Buffer;

  @Column('smallint')
  triesLeft: number;

  @Column('timestamptz')
  expiresAt: Date;

  @Column('timestamptz', { nullable: true })
  sentAt: Date | null;
}

/** A refresh token, as its SHA-256: the token itself is known to the client alone. */
@Entity('refresh_tokens')
export class RefreshToken {
  @PrimaryColumn('bytea')
  hash: Buffer;

  @Index()
  @Column('uuid')
  @ForeignKey(() => Session, { onDelete: 'CASCADE' })
  sessionId: string;

  @Index()
  @Column('timestamptz')
  expiresAt: Date;

  /** When it was exchanged for the next one. */
  @Column('timestamptz', { nullable: true })
  usedAt: Date | null;
}
