import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The one row that says when a worker has last done what it heard of through Redis: so there is one, whoever may have lost it. */
@Entity('redis_sightings')
export class RedisSighting {
  @PrimaryColumn('int')
  id: number;

  @Column('timestamptz')
  seenAt: Date;
}
