import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds those of a group that are still to be pushed, and those that were and are not seen yet, whatever else became of the others. */
export class IndexOpenPushes1795991374922 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX ix_push_notifications_open ON push_notifications (user_id, group_key)
        WHERE group_key IS NOT NULL AND withdrawn_at IS NULL AND NOT is_sent AND error_message IS NULL;
      CREATE INDEX ix_push_notifications_told ON push_notifications (user_id, group_key, group_position)
        WHERE group_key IS NOT NULL AND withdrawn_at IS NULL AND read_at IS NULL AND (is_sent OR error_message = 'collapsed');
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_push_notifications_open, ix_push_notifications_told');
  }
}
