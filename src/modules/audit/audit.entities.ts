import { Identity } from 'src/core/database/columns';
import { Tenant } from 'src/core/tenancy/tenant.entity';
import { Column, CreateDateColumn, Entity, ForeignKey, Index } from 'typeorm';

/** Something done by somebody with a role, mostly to an account. Outlives both; the database refuses to change or delete it. */
@Entity('audit_log')
@Index('ix_audit_log_actor_id', ['actorId', 'id'])
@Index('ix_audit_log_action', ['action', 'id'])
@Index('ix_audit_log_created_at', ['createdAt'])
export class AuditEntry {
  @Identity()
  id: number;

  @Column('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  /** Null for who has access to the machine. */
  @Column('uuid', { nullable: true })
  actorId: string | null;

  @Column('text')
  action: string;

  /** Null for what was not done to one user. */
  @Index()
  @Column('uuid', { nullable: true })
  targetId: string | null;

  /** What was changed, without names and addresses. */
  @Column('jsonb')
  details: Record<string, string>;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;
}
