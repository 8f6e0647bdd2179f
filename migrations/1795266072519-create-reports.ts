import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people ask the moderators to look at. */
export class CreateReports1795266072519 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE reports (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        tenant_id text NOT NULL,
        reporter_id uuid,
        user_id uuid NOT NULL,
        chat_id bigint,
        message_id bigint,
        reason varchar(20) NOT NULL,
        comment text,
        evidence jsonb,
        resolutions text[],
        note text,
        resolved_by uuid,
        resolved_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_reports PRIMARY KEY (id),
        CONSTRAINT fk_reports_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id),
        CONSTRAINT fk_reports_reporter_id FOREIGN KEY (reporter_id) REFERENCES users (id) ON DELETE SET NULL,
        CONSTRAINT fk_reports_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE UNIQUE INDEX uq_reports_reporter_id_message_id ON reports (reporter_id, message_id)
        WHERE message_id IS NOT NULL AND resolved_at IS NULL;
      CREATE UNIQUE INDEX uq_reports_reporter_id_user_id ON reports (reporter_id, user_id)
        WHERE message_id IS NULL AND resolved_at IS NULL;
      CREATE INDEX ix_reports_open ON reports (id) WHERE resolved_at IS NULL;
      CREATE INDEX ix_reports_reporter_id ON reports (reporter_id);
      CREATE INDEX ix_reports_user_id ON reports (user_id);
      CREATE INDEX ix_reports_message_id ON reports (message_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE reports');
  }
}
