import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people want to be told, where and when. */
export class AddNotificationPreferences1795273081727 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE notification_preferences (
        user_id uuid NOT NULL,
        off text[] NOT NULL,
        quiet_start smallint,
        quiet_end smallint,
        quiet_allow text[] NOT NULL,
        show_content boolean NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_notification_preferences PRIMARY KEY (user_id),
        CONSTRAINT fk_notification_preferences_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE notification_preferences');
  }
}
