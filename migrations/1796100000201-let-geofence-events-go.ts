import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the events at fences of a span, and those that nobody keeps any more. */
export class LetGeofenceEventsGo1796100000201 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX ix_geofence_events_user_id_recorded_at ON geofence_events (user_id, recorded_at);
      CREATE INDEX ix_geofence_events_recorded_at ON geofence_events (recorded_at);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_geofence_events_user_id_recorded_at, ix_geofence_events_recorded_at');
  }
}
