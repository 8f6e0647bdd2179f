import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For admins, who see given-up work by its number and how often it was tried. */
export class CountAttemptsOfParkedWork1795292733552 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE outbox ADD attempts int NOT NULL DEFAULT 0;
      DROP INDEX ix_outbox_parked;
      CREATE INDEX ix_outbox_parked ON outbox (id) WHERE parked_at IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX ix_outbox_parked;
      CREATE INDEX ix_outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;
      ALTER TABLE outbox DROP attempts;
    `);
  }
}
