import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers that are kept for a day are sealed under the keys of their requests; those that were not are forgotten. */
export class SealIdempotentAnswers1796100000401 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('TRUNCATE idempotency_keys; ALTER TABLE idempotency_keys ALTER COLUMN body TYPE bytea USING NULL');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('TRUNCATE idempotency_keys; ALTER TABLE idempotency_keys ALTER COLUMN body TYPE jsonb USING NULL');
  }
}
