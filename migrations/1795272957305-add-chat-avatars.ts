import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pictures of groups. */
export class AddChatAvatars1795272957305 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE chats ADD avatar_file_id bigint CONSTRAINT fk_chats_avatar_file_id REFERENCES files (id) ON DELETE SET NULL;
      CREATE INDEX ix_chats_avatar_file_id ON chats (avatar_file_id) WHERE avatar_file_id IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE chats DROP avatar_file_id');
  }
}
