import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Says in one place who is a contact of whom. */
export class SayWhoIsAContact1796200000001 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- A user's contacts are those with whom he has begun a private chat, or has written in one: what others do makes nobody a contact.
      CREATE VIEW contacts AS
        SELECT me.user_id, other.user_id AS contact_id
        FROM chat_participants me
          JOIN chats c ON c.id = me.chat_id AND c.chat_type = 'private' AND (c.created_by = me.user_id OR me.last_sent_at IS NOT NULL)
          JOIN chat_participants other ON other.chat_id = me.chat_id AND other.user_id <> me.user_id
        WHERE me.left_at IS NULL AND other.left_at IS NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP VIEW contacts');
  }
}
