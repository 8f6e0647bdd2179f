import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** What its owner should be able to find out later about the safety of his account. */
@Entity('security_events')
@Index(['userId', 'id'])
export class SecurityEvent {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id: number;

  @Column('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('text')
  event: string;

  /** Of who did it; of a session that was ended, its own. */
  @Column('text', { nullable: true })
  userAgent: string | null;

  @Column('inet', { nullable: true })
  ip: string | null;

  @Index()
  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}

/** What a user chose for the safety of his account; who has no row chose nothing. */
@Entity('security_settings')
export class SecuritySettings {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  /** Whether a mail tells him of sign-ins from new devices. */
  @Column('boolean')
  loginAlerts: boolean;
}
