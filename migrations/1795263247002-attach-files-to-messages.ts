import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A message carries a file; what a chat has beside texts is found without reading all of them. */
export class AttachFilesToMessages1795263247002 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE messages
        ADD file_id bigint,
        ADD CONSTRAINT fk_messages_file_id FOREIGN KEY (file_id) REFERENCES files (id) ON DELETE SET NULL;
      CREATE INDEX ix_messages_file_id ON messages (file_id) WHERE file_id IS NOT NULL;
      CREATE INDEX ix_messages_media ON messages (chat_id, seq) WHERE message_type <> 'text';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_messages_media; ALTER TABLE messages DROP file_id');
  }
}
