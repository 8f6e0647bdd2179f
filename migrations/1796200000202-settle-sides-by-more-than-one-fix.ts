import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known by now stays so; sides that one fix settles from now on are provisional. */
export class SettleSidesByMoreThanOneFix1796200000202 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE geofence_states ADD COLUMN provisional boolean NOT NULL DEFAULT false');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE geofence_states DROP COLUMN provisional');
  }
}
