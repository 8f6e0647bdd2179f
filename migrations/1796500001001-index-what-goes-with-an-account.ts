import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets an account, a share or a chat go without reading all rows that might refer to it; and an export find what is over. */
export class IndexWhatGoesWithAnAccount1796500001001 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX ix_chat_participants_user_id;
      CREATE INDEX ix_chat_participants_user_id ON chat_participants (user_id);
      CREATE INDEX ix_location_shares_any_user_id ON location_shares (user_id);
      CREATE INDEX ix_location_shares_any_target_user_id ON location_shares (target_user_id) WHERE target_user_id IS NOT NULL;
      CREATE INDEX ix_location_reads_share_id ON location_reads (share_id);
      CREATE INDEX ix_location_requests_user_id ON location_requests (user_id);
      CREATE INDEX ix_location_requests_share_id ON location_requests (share_id) WHERE share_id IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX ix_location_requests_share_id;
      DROP INDEX ix_location_requests_user_id;
      DROP INDEX ix_location_reads_share_id;
      DROP INDEX ix_location_shares_any_target_user_id;
      DROP INDEX ix_location_shares_any_user_id;
      DROP INDEX ix_chat_participants_user_id;
      CREATE INDEX ix_chat_participants_user_id ON chat_participants (user_id) WHERE left_at IS NULL;
    `);
  }
}
