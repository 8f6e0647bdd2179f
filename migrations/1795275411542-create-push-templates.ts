import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The operator's own words for pushes. */
export class CreatePushTemplates1795275411542 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE push_templates (
        tenant_id text NOT NULL,
        language varchar(10) NOT NULL,
        key varchar(100) NOT NULL,
        text varchar(500) NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_push_templates PRIMARY KEY (tenant_id, language, key),
        CONSTRAINT fk_push_templates_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE push_templates');
  }
}
