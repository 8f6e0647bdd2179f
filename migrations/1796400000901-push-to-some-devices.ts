import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A push may be for some of a user's devices: a call rings at those that have no connection. */
export class PushToSomeDevices1796400000901 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE push_notifications ADD COLUMN device_ids bigint[]');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE push_notifications DROP COLUMN device_ids');
  }
}
