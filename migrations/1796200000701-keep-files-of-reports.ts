import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets reports hold what the messages carried that they are about. */
export class KeepFilesOfReports1796200000701 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE reports ADD COLUMN file_id bigint CONSTRAINT fk_reports_file_id REFERENCES files (id) ON DELETE SET NULL;
      CREATE INDEX ix_reports_file_id ON reports (file_id) WHERE file_id IS NOT NULL;
      -- open ones hold what their messages still carry
      UPDATE reports r SET file_id = m.file_id FROM messages m WHERE m.id = r.message_id AND r.resolved_at IS NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE reports DROP COLUMN file_id');
  }
}
