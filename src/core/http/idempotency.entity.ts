import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** The first answer to a keyed request, kept with what the request made; a day later a repetition is a new request. */
@Entity('idempotency_keys')
export class IdempotencyKey {
  @PrimaryColumn('uuid')
  userId: string;

  @PrimaryColumn('text')
  key: string;

  /** SHA-256 of the method, the route and the body. */
  @Column('text')
  requestHash: string;

  @Column('int', { nullable: true })
  status: number | null;

  @Column('jsonb', { nullable: true })
  body: unknown;

  @CreateDateColumn({ type: 'timestamptz' })
  @Index()
  createdAt: Date;
}
