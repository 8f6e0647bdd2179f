import { User } from 'src/modules/users/users.entities';
import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, OneToOne, PrimaryColumn } from 'typeorm';

/** An account that is being deleted, and who will stand for it where something remains. Gone with the account. */
@Entity('account_erasures')
export class AccountErasure {
  @PrimaryColumn('uuid')
  userId: string;

  @OneToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user?: User;

  @Index()
  @Column('uuid')
  standInId: string;

  @ManyToOne(() => User)
  @JoinColumn({ name: 'stand_in_id' })
  standIn?: User;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  /** When a worker was last asked to do it. */
  @Column('timestamptz', { default: () => 'now()' })
  askedAt: Date;

  /** When the user was written to that it begins, or that was given up. */
  @Column('timestamptz', { nullable: true })
  toldAt: Date | null;
}
