import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The end of a chat ends its shares, and erases neither them nor who had seen them. */
export class KeepSharesOfEndedChats1796100000102 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE location_shares
        DROP CONSTRAINT fk_location_shares_chat_id,
        ADD CONSTRAINT fk_location_shares_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE SET NULL;
      CREATE INDEX ix_location_shares_any_chat_id ON location_shares (chat_id) WHERE chat_id IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX ix_location_shares_any_chat_id;
      ALTER TABLE location_shares
        DROP CONSTRAINT fk_location_shares_chat_id,
        ADD CONSTRAINT fk_location_shares_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE;
    `);
  }
}
