import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A device is pushed to until the sign-in ends by which it was registered; those of before are bound when they register again. */
export class BindDevicesToSessions1796100000002 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE device_tokens ADD COLUMN session_id uuid;
      CREATE INDEX ix_device_tokens_session_id ON device_tokens (session_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE device_tokens DROP COLUMN session_id');
  }
}
