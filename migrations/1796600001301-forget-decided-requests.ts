import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of requests to see somebody is forgotten after a while, and found by an index for that. */
export class ForgetDecidedRequests1796600001301 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(
      'CREATE INDEX ix_location_requests_decided_at ON location_requests (decided_at) WHERE decided_at IS NOT NULL',
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_location_requests_decided_at');
  }
}
