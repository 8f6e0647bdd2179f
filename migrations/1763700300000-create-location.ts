import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where people were and are, and who may see it. */
export class CreateLocation1763700300000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE user_locations (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        client_id text,
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        accuracy double precision,
        altitude double precision,
        speed double precision,
        heading double precision,
        recorded_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_user_locations PRIMARY KEY (id),
        CONSTRAINT fk_user_locations_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_user_locations_user_id_recorded_at ON user_locations (user_id, recorded_at);
      CREATE UNIQUE INDEX uq_user_locations_user_id_client_id ON user_locations (user_id, client_id) WHERE client_id IS NOT NULL;

      -- Rows move all the time: room in each page keeps an update from touching the index.
      CREATE TABLE live_locations (
        user_id uuid NOT NULL,
        location_id bigint NOT NULL,
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        accuracy double precision,
        altitude double precision,
        speed double precision,
        heading double precision,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT pk_live_locations PRIMARY KEY (user_id),
        CONSTRAINT fk_live_locations_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      ) WITH (fillfactor = 50);

      CREATE TABLE location_shares (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        target_user_id uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        is_active boolean NOT NULL DEFAULT true,
        stopped_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_location_shares PRIMARY KEY (id),
        CONSTRAINT fk_location_shares_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_location_shares_target_user_id FOREIGN KEY (target_user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE UNIQUE INDEX uq_location_shares_active_pair ON location_shares (user_id, target_user_id) WHERE is_active;
      CREATE INDEX ix_location_shares_target_user_id ON location_shares (target_user_id) WHERE is_active;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE location_shares, live_locations, user_locations');
  }
}
