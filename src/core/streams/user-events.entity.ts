import { Column, CreateDateColumn, Entity, Index, PrimaryColumn } from 'typeorm';

/** How far a user's own stream is numbered, and from where on its events are still kept. */
@Entity('user_streams')
export class UserStream {
  @PrimaryColumn('uuid')
  userId: string;

  @Column('bigint')
  lastSeq: number;

  /** Events up to this number have been deleted for their age. */
  @Column('bigint', { default: 0 })
  trimmedSeq: number;
}

/** What a user's devices were told that belongs to no chat, by number: without gaps, kept for `EVENT_RETENTION_DAYS`. */
@Entity('user_events')
export class UserEvent {
  @PrimaryColumn('uuid')
  userId: string;

  @PrimaryColumn('bigint')
  seq: number;

  /** The name of the push. */
  @Column('text')
  type: string;

  /** Its body, without `user_seq`. */
  @Column('jsonb')
  data: object;

  @CreateDateColumn({ type: 'timestamptz' })
  @Index()
  createdAt: Date;
}
