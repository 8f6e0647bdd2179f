import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Contacts are those to whom somebody has written: who wrote before that was noted has written too. */
export class KnowWhoHasWritten1796100000101 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE chat_participants p SET last_sent_at = w.last_sent_at
      FROM (
        SELECT m.chat_id, m.sender_id, max(m.created_at) AS last_sent_at FROM messages m JOIN chats c ON c.id = m.chat_id
        WHERE c.chat_type = 'private' AND m.message_type <> 'system' GROUP BY m.chat_id, m.sender_id) w
      WHERE w.chat_id = p.chat_id AND w.sender_id = p.user_id AND p.last_sent_at IS NULL;
    `);
  }

  async down(): Promise<void> {
    // that it was noted harms nobody
  }
}
