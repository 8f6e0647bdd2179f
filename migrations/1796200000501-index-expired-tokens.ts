import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refresh tokens that have expired are found without looking at all. */
export class IndexExpiredTokens1796200000501 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX ix_refresh_tokens_expires_at ON refresh_tokens (expires_at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_refresh_tokens_expires_at');
  }
}
