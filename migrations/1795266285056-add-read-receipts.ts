import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether people show what they have read, and when their marks last moved, for those who were away. */
export class AddReadReceipts1795266285056 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE users ADD read_receipts boolean NOT NULL DEFAULT true;
      ALTER TABLE chat_participants ADD marked_at timestamptz;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE chat_participants DROP marked_at;
      ALTER TABLE users DROP read_receipts;
    `);
  }
}
