import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a device be told by its clock: how late its points come, and how far its clock is known to be behind. */
export class NoteWhenFixesArrive1796100000202 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE location_fixes ADD COLUMN received_at timestamptz NOT NULL DEFAULT now();
      ALTER TABLE geofence_cursors ADD COLUMN clock jsonb;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE geofence_cursors DROP COLUMN clock;
      ALTER TABLE location_fixes DROP COLUMN received_at;
    `);
  }
}
