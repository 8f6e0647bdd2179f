import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds without reading all rows: files that were never finished, codes that came by mail, imports that are under way. */
export class IndexWhatIsLookedFor1796600001101 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX ix_files_processing ON files (updated_at) WHERE status = 'processing';
      CREATE INDEX ix_email_codes_code_hash ON email_codes (code_hash);
      CREATE INDEX ix_location_imports_under_way ON location_imports (storage_key) WHERE ended_at IS NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX ix_location_imports_under_way;
      DROP INDEX ix_email_codes_code_hash;
      DROP INDEX ix_files_processing;
    `);
  }
}
