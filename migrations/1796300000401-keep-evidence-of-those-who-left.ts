import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets reports outlive the account that they are about, for a time. */
export class KeepEvidenceOfThoseWhoLeft1796300000401 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE reports ADD COLUMN user_gone_at timestamptz;
      CREATE INDEX ix_reports_user_gone_at ON reports (user_gone_at) WHERE user_gone_at IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE reports DROP COLUMN user_gone_at');
  }
}
