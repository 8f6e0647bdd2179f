import type { MigrationInterface, QueryRunner } from 'typeorm';

const PLACE = `
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        accuracy double precision,
        altitude double precision,
        speed double precision,
        heading double precision`;
const COLUMNS =
  'id, user_id, client_id, latitude, longitude, accuracy, altitude, speed, heading, recorded_at, created_at';

/** A history for those who choose one, by the week; what points are judged by; what is known of a point beside its place. */
export class PartitionLocations1795259076534 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE user_locations RENAME TO locations_before;
      CREATE SEQUENCE user_locations_id_seq_next;
      SELECT setval('user_locations_id_seq_next', coalesce((SELECT max(id) FROM locations_before), 0) + 1, false);
      CREATE TABLE location_settings (
        user_id uuid NOT NULL,
        history text NOT NULL,
        history_days integer NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_location_settings PRIMARY KEY (user_id),
        CONSTRAINT fk_location_settings_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      INSERT INTO location_settings (user_id, history, history_days) SELECT DISTINCT user_id, 'days', 30 FROM locations_before;

      ALTER TABLE locations_before DROP CONSTRAINT pk_user_locations, DROP CONSTRAINT fk_user_locations_user_id;
      CREATE TABLE user_locations (
        user_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL,
        id bigint NOT NULL,
        is_permanent boolean NOT NULL,
        client_id text,${PLACE},
        battery double precision,
        activity text,
        source text,
        flags smallint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_user_locations PRIMARY KEY (user_id, recorded_at, id, is_permanent),
        CONSTRAINT fk_user_locations_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) PARTITION BY LIST (is_permanent);
      CREATE TABLE user_locations_permanent PARTITION OF user_locations FOR VALUES IN (true);
      CREATE TABLE user_locations_weekly PARTITION OF user_locations FOR VALUES IN (false) PARTITION BY RANGE (recorded_at);
      -- whatever has no week of its own: imported tracks of long ago
      CREATE TABLE user_locations_other PARTITION OF user_locations_weekly DEFAULT;
      DO $weeks$
        DECLARE week date;
        BEGIN
          FOR n IN 0..4 LOOP
            week := date_trunc('week', now() AT TIME ZONE 'UTC')::date + n * 7;
            EXECUTE format('CREATE TABLE %I PARTITION OF user_locations_weekly FOR VALUES FROM (%L) TO (%L)',
              'user_locations_w' || to_char(week, 'YYYYMMDD'), week || ' 00:00+00', (week + 7) || ' 00:00+00');
          END LOOP;
        END $weeks$;
      INSERT INTO user_locations (${COLUMNS}, is_permanent) SELECT ${COLUMNS}, false FROM locations_before;
      DROP TABLE locations_before;
      ALTER SEQUENCE user_locations_id_seq_next RENAME TO user_locations_id_seq;
      ALTER SEQUENCE user_locations_id_seq OWNED BY user_locations.id;

      ALTER TABLE live_locations ADD battery double precision, ADD activity text, ADD source text,
        ADD flags smallint NOT NULL DEFAULT 0, ADD motion jsonb, ADD grid_key uuid NOT NULL DEFAULT gen_random_uuid();
      ALTER TABLE live_locations ALTER grid_key DROP DEFAULT;

      CREATE TABLE location_keys (
        user_id uuid NOT NULL,
        client_id text NOT NULL,
        location_id bigint NOT NULL,
        recorded_at timestamptz NOT NULL,
        flags smallint NOT NULL,
        is_kept boolean NOT NULL,
        digest bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_location_keys PRIMARY KEY (user_id, client_id),
        CONSTRAINT fk_location_keys_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_location_keys_created_at ON location_keys (created_at);

      CREATE TABLE location_fixes (
        user_id uuid NOT NULL,
        recorded_at timestamptz NOT NULL,
        id bigint NOT NULL,
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        accuracy double precision,
        CONSTRAINT pk_location_fixes PRIMARY KEY (user_id, recorded_at, id),
        CONSTRAINT fk_location_fixes_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE TABLE location_followers (
        user_id uuid NOT NULL,
        feature text NOT NULL,
        wants text NOT NULL,
        CONSTRAINT pk_location_followers PRIMARY KEY (user_id, feature),
        CONSTRAINT fk_location_followers_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      INSERT INTO location_followers (user_id, feature, wants) SELECT DISTINCT user_id, 'geofences', 'fixes' FROM geofence_areas;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE location_followers, location_fixes, location_keys, location_settings;
      ALTER TABLE live_locations DROP battery, DROP activity, DROP source, DROP flags, DROP motion, DROP grid_key;
      ALTER TABLE user_locations RENAME TO locations_before;
      ALTER SEQUENCE user_locations_id_seq RENAME TO user_locations_id_seq_before;
      ALTER TABLE locations_before DROP CONSTRAINT pk_user_locations, DROP CONSTRAINT fk_user_locations_user_id;
      CREATE TABLE user_locations (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        client_id text,${PLACE},
        recorded_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_user_locations PRIMARY KEY (id),
        CONSTRAINT fk_user_locations_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      INSERT INTO user_locations (${COLUMNS}) OVERRIDING SYSTEM VALUE SELECT ${COLUMNS} FROM locations_before;
      SELECT setval('user_locations_id_seq', nextval('user_locations_id_seq_before'), false);
      DROP TABLE locations_before;
      CREATE INDEX ix_user_locations_user_id_recorded_at ON user_locations (user_id, recorded_at);
      CREATE UNIQUE INDEX uq_user_locations_user_id_client_id ON user_locations (user_id, client_id) WHERE client_id IS NOT NULL;
    `);
  }
}
