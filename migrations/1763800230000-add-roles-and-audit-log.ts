import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What accounts may do, whether they are let in, and a record of what is done to them that nobody can change. */
export class AddRolesAndAuditLog1763800230000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE users
        ADD COLUMN role varchar(10) NOT NULL DEFAULT 'user',
        ADD COLUMN suspended_at timestamptz,
        ADD COLUMN suspension_reason text,
        ADD COLUMN deactivated_at timestamptz;

      CREATE TABLE audit_log (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        tenant_id text NOT NULL,
        actor_id uuid,
        action text NOT NULL,
        target_id uuid NOT NULL,
        details jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_audit_log PRIMARY KEY (id),
        CONSTRAINT fk_audit_log_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
      );
      CREATE INDEX ix_audit_log_target_id ON audit_log (target_id);

      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$;
      CREATE TRIGGER audit_log_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE audit_log;
      DROP FUNCTION refuse_change;
      ALTER TABLE users DROP COLUMN role, DROP COLUMN suspended_at, DROP COLUMN suspension_reason, DROP COLUMN deactivated_at;
    `);
  }
}
