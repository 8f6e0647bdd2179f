import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What somebody deletes while a track is read is not brought back by it. */
export class LeaveWhatWasDeletedOutOfImports1796400000801 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE location_imports ADD COLUMN left_out jsonb NOT NULL DEFAULT '[]'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE location_imports DROP COLUMN left_out');
  }
}
