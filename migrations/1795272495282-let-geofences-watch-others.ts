import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Fences that watch others, who agree to it or not; and what is known of each of those whom a fence watches. */
export class LetGeofencesWatchOthers1795272495282 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE geofence_areas
        ADD COLUMN subject_id uuid,
        ADD COLUMN chat_id bigint,
        ADD COLUMN shape integer NOT NULL DEFAULT 0,
        ADD CONSTRAINT fk_geofence_areas_subject_id FOREIGN KEY (subject_id) REFERENCES users (id) ON DELETE CASCADE,
        ADD CONSTRAINT fk_geofence_areas_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE;
      CREATE INDEX ix_geofence_areas_subject_id ON geofence_areas (subject_id);
      CREATE INDEX ix_geofence_areas_chat_id ON geofence_areas (chat_id);

      ALTER TABLE geofence_states ADD COLUMN user_id uuid, ADD COLUMN shape integer NOT NULL DEFAULT 0;
      UPDATE geofence_states s SET user_id = a.user_id FROM geofence_areas a WHERE a.id = s.geofence_id;
      ALTER TABLE geofence_states DROP CONSTRAINT pk_geofence_states;
      ALTER TABLE geofence_states
        ADD CONSTRAINT pk_geofence_states PRIMARY KEY (geofence_id, user_id),
        ADD CONSTRAINT fk_geofence_states_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

      CREATE TABLE geofence_watches (
        geofence_id bigint NOT NULL,
        user_id uuid NOT NULL,
        state text NOT NULL,
        share_id bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        decided_at timestamptz,
        CONSTRAINT pk_geofence_watches PRIMARY KEY (geofence_id, user_id),
        CONSTRAINT fk_geofence_watches_geofence_id FOREIGN KEY (geofence_id) REFERENCES geofence_areas (id) ON DELETE CASCADE,
        CONSTRAINT fk_geofence_watches_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_geofence_watches_share_id FOREIGN KEY (share_id) REFERENCES location_shares (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_geofence_watches_user_id ON geofence_watches (user_id);
      CREATE INDEX ix_geofence_watches_share_id ON geofence_watches (share_id);

      ALTER TABLE geofence_events ADD COLUMN share_id bigint, ADD COLUMN precision text;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DELETE FROM geofence_areas WHERE subject_id IS NOT NULL OR chat_id IS NOT NULL;
      ALTER TABLE geofence_events DROP COLUMN share_id, DROP COLUMN precision;
      DROP TABLE geofence_watches;
      ALTER TABLE geofence_states DROP CONSTRAINT pk_geofence_states;
      ALTER TABLE geofence_states DROP COLUMN user_id, DROP COLUMN shape,
        ADD CONSTRAINT pk_geofence_states PRIMARY KEY (geofence_id);
      ALTER TABLE geofence_areas DROP COLUMN subject_id, DROP COLUMN chat_id, DROP COLUMN shape;
    `);
  }
}
