import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the few pushes of a group that are still to be sent among all that were not read. */
export class IndexOpenPushes1795991374922 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX ix_push_notifications_open ON push_notifications (user_id, group_key)
        WHERE group_key IS NOT NULL AND withdrawn_at IS NULL AND NOT is_sent AND error_message IS NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_push_notifications_open');
  }
}
