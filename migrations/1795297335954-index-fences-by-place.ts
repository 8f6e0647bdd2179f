import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the few fences near a way among the many of a chat or an owner, and those that somebody is not outside of. The extension is a trusted one. */
export class IndexFencesByPlace1795297335954 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE EXTENSION IF NOT EXISTS btree_gist;
      CREATE INDEX ix_geofence_areas_chat_place ON geofence_areas USING gist (chat_id, box(point(west, south), point(east, north)))
        WHERE chat_id IS NOT NULL;
      CREATE INDEX ix_geofence_areas_own_place ON geofence_areas USING gist (user_id, box(point(west, south), point(east, north)))
        WHERE chat_id IS NULL AND subject_id IS NULL;
      CREATE INDEX ix_geofence_states_user_id ON geofence_states (user_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(
      'DROP INDEX ix_geofence_areas_chat_place, ix_geofence_areas_own_place, ix_geofence_states_user_id; DROP EXTENSION btree_gist',
    );
  }
}
