import { Tenant } from 'src/core/tenancy/tenant.entity';
import {
  Column,
  CreateDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  Unique,
  UpdateDateColumn,
} from 'typeorm';

@Entity('users')
@Unique(['tenantId', 'username'])
@Unique(['tenantId', 'email'])
export class User {
  /** UUID v7, made by us. */
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  tenantId: string;

  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant?: Tenant;

  /** Lower case. */
  @Column('varchar', { length: 50 })
  username: string;

  /** Lower case. */
  @Column('varchar', { length: 255 })
  email: string;

  @Column('varchar', { length: 255 })
  passwordHash: string;

  @Column('varchar', { length: 100, nullable: true })
  displayName: string | null;

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

  @Column('timestamptz', { nullable: true })
  lastSeen: Date | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
