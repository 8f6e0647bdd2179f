import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** The first answer to a keyed request, kept with what the request made; a day later a repetition is a new request. */
@Entity('idempotency_keys')
export class IdempotencyKey {
  @PrimaryColumn('uuid')
  userId: string;

  /** Derived from the caller's key, as all that follows: see `RequestSecrets`. */
  @PrimaryColumn('text')
  key: string;

  /** Of the method, the route and the body. */
  @Column('text')
  requestHash: string;

  @Column('int', { nullable: true })
  status: number | null;

  /** Sealed. */
  @Column('bytea', { nullable: true })
  body: Buffer | null;

  @CreateDateColumn({ type: 'timestamptz' })
  @Index()
  createdAt: Date;
}
