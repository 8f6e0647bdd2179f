import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Borders of fences that are no circles, and the box around each, by which those are found that somebody is near to. */
export class LetGeofencesBePolygons1795265063885 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE geofence_areas
        ADD COLUMN boundary jsonb,
        ADD COLUMN west double precision NOT NULL DEFAULT -180,
        ADD COLUMN south double precision NOT NULL DEFAULT -90,
        ADD COLUMN east double precision NOT NULL DEFAULT 180,
        ADD COLUMN north double precision NOT NULL DEFAULT 90;
      -- those that are there already are looked at each time, as before, until they are changed
      ALTER TABLE geofence_areas ALTER COLUMN west DROP DEFAULT, ALTER COLUMN south DROP DEFAULT, ALTER COLUMN east DROP DEFAULT,
        ALTER COLUMN north DROP DEFAULT;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DELETE FROM geofence_areas WHERE boundary IS NOT NULL;
      ALTER TABLE geofence_areas DROP COLUMN boundary, DROP COLUMN west, DROP COLUMN south, DROP COLUMN east, DROP COLUMN north;
    `);
  }
}
