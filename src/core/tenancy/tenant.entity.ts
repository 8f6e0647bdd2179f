import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** Whom a Muster serves: users of one tenant never see those of another. There is one, `default`, until more are made. */
@Entity('tenants')
export class Tenant {
  /** Short and readable; it is part of tokens, Redis keys and room names. */
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  name: string;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
