import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Devices that can be pushed to, and what they are told. */
export class CreatePush1763700200000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE device_tokens (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        token varchar(500) NOT NULL,
        device_type varchar(20) NOT NULL,
        device_id varchar(255),
        device_name varchar(100),
        app_version varchar(50),
        os_version varchar(50),
        is_active boolean NOT NULL DEFAULT true,
        last_used timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_device_tokens PRIMARY KEY (id),
        CONSTRAINT uq_device_tokens_token UNIQUE (token),
        CONSTRAINT fk_device_tokens_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_device_tokens_user_id ON device_tokens (user_id);

      CREATE TABLE push_notifications (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        dedupe_key varchar(255) NOT NULL,
        title varchar(255) NOT NULL,
        body text NOT NULL,
        notification_type varchar(50) NOT NULL,
        category varchar(50),
        data jsonb NOT NULL,
        is_sent boolean NOT NULL DEFAULT false,
        fcm_message_id varchar(255),
        error_message text,
        created_at timestamptz NOT NULL DEFAULT now(),
        claimed_at timestamptz,
        sent_at timestamptz,
        CONSTRAINT pk_push_notifications PRIMARY KEY (id),
        CONSTRAINT uq_push_notifications_user_id_dedupe_key UNIQUE (user_id, dedupe_key),
        CONSTRAINT fk_push_notifications_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE push_notifications, device_tokens');
  }
}
