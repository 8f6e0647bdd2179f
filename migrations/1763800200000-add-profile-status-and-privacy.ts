import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What users say of themselves, and whom they let find, see, write to and add them. */
export class AddProfileStatusAndPrivacy1763800200000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE users
        ADD COLUMN chosen_status varchar(10) NOT NULL DEFAULT 'online',
        ADD COLUMN status_message varchar(140),
        ADD COLUMN findable_by varchar(10) NOT NULL DEFAULT 'everyone',
        ADD COLUMN last_seen_for varchar(10) NOT NULL DEFAULT 'everyone',
        ADD COLUMN messages_from varchar(10) NOT NULL DEFAULT 'everyone',
        ADD COLUMN groups_from varchar(10) NOT NULL DEFAULT 'everyone';

      -- Who shares a chat with whom; what accounts need to know of chats.
      CREATE VIEW acquaintances AS
        SELECT me.user_id, other.user_id AS other_id
        FROM chat_participants me JOIN chat_participants other ON other.chat_id = me.chat_id
        WHERE me.left_at IS NULL AND other.left_at IS NULL AND other.user_id <> me.user_id;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP VIEW acquaintances;
      ALTER TABLE users DROP COLUMN chosen_status, DROP COLUMN status_message, DROP COLUMN findable_by,
        DROP COLUMN last_seen_for, DROP COLUMN messages_from, DROP COLUMN groups_from;
    `);
  }
}
