import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of each notification on each device; texts to be put into words when they are sent; groups that are told as one. */
export class TracePushesByDevice1795274769733 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE device_tokens ALTER COLUMN token TYPE varchar(2000), ADD COLUMN locale varchar(35);
      ALTER TABLE push_notifications
        ALTER COLUMN title SET DEFAULT '', ALTER COLUMN body SET DEFAULT '',
        ADD COLUMN group_key varchar(64),
        ADD COLUMN group_position bigint,
        ADD COLUMN texts jsonb,
        ADD COLUMN device_types text[],
        ADD COLUMN in_inbox boolean NOT NULL DEFAULT true,
        ADD COLUMN delivered_at timestamptz,
        ADD COLUMN opened_at timestamptz,
        ADD COLUMN read_at timestamptz;
      CREATE INDEX ix_push_notifications_unseen ON push_notifications (user_id, group_key, group_position)
        WHERE group_key IS NOT NULL AND withdrawn_at IS NULL;
      CREATE INDEX ix_push_notifications_user_id_id ON push_notifications (user_id, id);
      CREATE TABLE push_deliveries (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        notification_id bigint NOT NULL,
        device_token_id bigint,
        device_type varchar(20) NOT NULL,
        fcm_message_id varchar(255),
        error_message text,
        attempts integer NOT NULL DEFAULT 0,
        sent_at timestamptz,
        delivered_at timestamptz,
        opened_at timestamptz,
        CONSTRAINT pk_push_deliveries PRIMARY KEY (id),
        CONSTRAINT uq_push_deliveries_notification_id_device_token_id UNIQUE (notification_id, device_token_id),
        CONSTRAINT fk_push_deliveries_notification_id FOREIGN KEY (notification_id)
          REFERENCES push_notifications (id) ON DELETE CASCADE,
        CONSTRAINT fk_push_deliveries_device_token_id FOREIGN KEY (device_token_id)
          REFERENCES device_tokens (id) ON DELETE SET NULL
      );
      CREATE INDEX ix_push_deliveries_device_token_id ON push_deliveries (device_token_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE push_deliveries;
      DROP INDEX ix_push_notifications_user_id_id, ix_push_notifications_unseen;
      ALTER TABLE push_notifications
        DROP COLUMN read_at, DROP COLUMN opened_at, DROP COLUMN delivered_at, DROP COLUMN in_inbox, DROP COLUMN device_types,
        DROP COLUMN texts, DROP COLUMN group_position, DROP COLUMN group_key,
        ALTER COLUMN title DROP DEFAULT, ALTER COLUMN body DROP DEFAULT;
      DELETE FROM device_tokens WHERE length(token) > 500;
      ALTER TABLE device_tokens DROP COLUMN locale, ALTER COLUMN token TYPE varchar(500);
    `);
  }
}
