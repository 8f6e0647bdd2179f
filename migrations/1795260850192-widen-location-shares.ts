import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Shares with chats, contacts and links, coarse ones, and ones without an end; private places; who asks, and who has seen. */
export class WidenLocationShares1795260850192 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE location_shares
        ADD audience text NOT NULL DEFAULT 'user',
        ADD chat_id bigint,
        ADD precision text NOT NULL DEFAULT 'exact',
        ADD shows_history boolean NOT NULL DEFAULT false,
        ADD arrival_latitude double precision,
        ADD arrival_longitude double precision,
        ADD arrival_radius double precision,
        ADD token_hash bytea,
        ADD password_hash text,
        ADD max_views integer,
        ADD views integer NOT NULL DEFAULT 0,
        ADD end_reason text,
        ALTER target_user_id DROP NOT NULL,
        ALTER expires_at DROP NOT NULL,
        ADD CONSTRAINT fk_location_shares_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE;
      UPDATE location_shares SET end_reason = CASE WHEN stopped_at < expires_at THEN 'stopped' ELSE 'expired' END WHERE NOT is_active;
      ALTER TABLE location_shares ALTER audience DROP DEFAULT, ALTER precision DROP DEFAULT, ALTER shows_history DROP DEFAULT;
      CREATE UNIQUE INDEX uq_location_shares_active_chat ON location_shares (user_id, chat_id) WHERE is_active;
      CREATE UNIQUE INDEX uq_location_shares_active_contacts ON location_shares (user_id) WHERE is_active AND audience = 'contacts';
      CREATE INDEX ix_location_shares_chat_id ON location_shares (chat_id) WHERE is_active;
      CREATE UNIQUE INDEX uq_location_shares_token_hash ON location_shares (token_hash);

      CREATE TABLE private_places (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        name text NOT NULL,
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        radius double precision NOT NULL,
        key uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_private_places PRIMARY KEY (id),
        CONSTRAINT fk_private_places_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_private_places_user_id ON private_places (user_id);

      CREATE TABLE location_reads (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        viewer_id uuid,
        share_id bigint NOT NULL,
        exit text NOT NULL,
        precision text NOT NULL,
        hour timestamptz NOT NULL,
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        count integer NOT NULL,
        CONSTRAINT pk_location_reads PRIMARY KEY (id),
        CONSTRAINT fk_location_reads_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_location_reads_viewer_id FOREIGN KEY (viewer_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_location_reads_share_id FOREIGN KEY (share_id) REFERENCES location_shares (id) ON DELETE CASCADE
      );
      CREATE UNIQUE INDEX uq_location_reads_hour ON location_reads (user_id, share_id, viewer_id, exit, hour);
      CREATE INDEX ix_location_reads_last_at ON location_reads (last_at);
      CREATE INDEX ix_location_reads_viewer_id ON location_reads (viewer_id);

      CREATE TABLE location_requests (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        target_user_id uuid NOT NULL,
        state text NOT NULL DEFAULT 'pending',
        share_id bigint,
        decided_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_location_requests PRIMARY KEY (id),
        CONSTRAINT fk_location_requests_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_location_requests_target_user_id FOREIGN KEY (target_user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_location_requests_share_id FOREIGN KEY (share_id) REFERENCES location_shares (id) ON DELETE SET NULL
      );
      CREATE UNIQUE INDEX uq_location_requests_pending ON location_requests (user_id, target_user_id) WHERE state = 'pending';
      CREATE INDEX ix_location_requests_target_user_id ON location_requests (target_user_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE location_requests, location_reads, private_places;
      DELETE FROM location_shares WHERE audience <> 'user' OR expires_at IS NULL;
      ALTER TABLE location_shares
        DROP audience, DROP chat_id, DROP precision, DROP shows_history, DROP arrival_latitude, DROP arrival_longitude,
        DROP arrival_radius, DROP token_hash, DROP password_hash, DROP max_views, DROP views, DROP end_reason,
        ALTER target_user_id SET NOT NULL, ALTER expires_at SET NOT NULL;
    `);
  }
}
