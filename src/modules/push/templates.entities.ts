import { Tenant } from 'src/core/tenancy/tenant.entity';
import { Column, Entity, ForeignKey, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** The operator's own words in place of a text of `i18n/<language>/push.json`. */
@Entity('push_templates')
export class PushTemplate {
  @PrimaryColumn('text')
  @ForeignKey(() => Tenant)
  tenantId: string;

  @PrimaryColumn('varchar', { length: 10 })
  language: string;

  @PrimaryColumn('varchar', { length: 100 })
  key: string;

  @Column('varchar', { length: 500 })
  text: string;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}
