import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that there can be a limit to the positions of all fences of somebody, and so that few of them are read at once. */
export class CountPositionsOfFences1796200000201 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE geofence_areas ADD COLUMN positions integer NOT NULL DEFAULT 0;
      UPDATE geofence_areas SET positions = jsonb_array_length(jsonb_path_query_array(boundary, 'strict $[*][*]'))
      WHERE boundary IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE geofence_areas DROP COLUMN positions');
  }
}
