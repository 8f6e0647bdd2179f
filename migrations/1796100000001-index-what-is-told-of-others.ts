import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds what people were told of somebody beside his messages and calls: it goes when they may know it no more. */
export class IndexWhatIsToldOfOthers1796100000001 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX ix_push_notifications_of_others ON push_notifications (about_user_id, id)
        WHERE about_user_id IS NOT NULL AND notification_type IN ('geofence', 'system');
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_push_notifications_of_others');
  }
}
