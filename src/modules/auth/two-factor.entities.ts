import { User } from 'src/modules/users/users.entities';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** What a user's authenticator app shares with us. It must be readable: codes are computed from it. */
@Entity('two_factors')
export class TwoFactor {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @Column('bytea')
  secret: Buffer;

  /** Only from then on is it asked for. */
  @Column('timestamptz', { nullable: true })
  confirmedAt: Date | null;

  /** The step of the newest code that was used: it and older ones are not good again. */
  @Column('bigint', { default: 0 })
  lastStep: number;
}

/** What replaces a code once, as its SHA-256; gone when used. */
@Entity('recovery_codes')
export class RecoveryCode {
  @PrimaryColumn('uuid')
  @ForeignKey(() => User, { onDelete: 'CASCADE' })
  userId: string;

  @PrimaryColumn('bytea')
  hash: Buffer;
}
