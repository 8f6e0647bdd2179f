import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Fences, on which side of each its owner is, and each time he crossed one. */
export class CreateGeofences1763700400000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE geofence_areas (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        name varchar(255) NOT NULL,
        center_latitude double precision NOT NULL,
        center_longitude double precision NOT NULL,
        radius_meters double precision NOT NULL,
        notify_on_entry boolean NOT NULL DEFAULT true,
        notify_on_exit boolean NOT NULL DEFAULT true,
        is_active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_geofence_areas PRIMARY KEY (id),
        CONSTRAINT fk_geofence_areas_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_geofence_areas_user_id ON geofence_areas (user_id);

      CREATE TABLE geofence_cursors (
        user_id uuid NOT NULL,
        fix_at timestamptz,
        CONSTRAINT pk_geofence_cursors PRIMARY KEY (user_id),
        CONSTRAINT fk_geofence_cursors_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) WITH (fillfactor = 50);

      CREATE TABLE geofence_states (
        geofence_id bigint NOT NULL,
        side varchar(10) NOT NULL DEFAULT 'unknown',
        fix_at timestamptz,
        pending_since timestamptz,
        pending_location_id bigint,
        pending_fixes integer,
        CONSTRAINT pk_geofence_states PRIMARY KEY (geofence_id),
        CONSTRAINT fk_geofence_states_geofence_id FOREIGN KEY (geofence_id) REFERENCES geofence_areas (id) ON DELETE CASCADE
      );

      CREATE TABLE geofence_events (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        geofence_id bigint NOT NULL,
        event_type varchar(20) NOT NULL,
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        accuracy double precision,
        distance_meters double precision NOT NULL,
        location_id bigint NOT NULL,
        first_location_id bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        crossed_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_geofence_events PRIMARY KEY (id),
        CONSTRAINT uq_geofence_events_geofence_id_event_type_location_id UNIQUE (geofence_id, event_type, location_id),
        CONSTRAINT fk_geofence_events_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_geofence_events_geofence_id FOREIGN KEY (geofence_id) REFERENCES geofence_areas (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_geofence_events_user_id_id ON geofence_events (user_id, id);
      CREATE INDEX ix_geofence_events_geofence_id_id ON geofence_events (geofence_id, id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE geofence_events, geofence_states, geofence_cursors, geofence_areas');
  }
}
