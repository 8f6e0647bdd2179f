import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names that were given up long ago are found without looking at all. */
export class IndexNamesGivenUp1796700000102 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX ix_former_usernames_given_up_at ON former_usernames (given_up_at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_former_usernames_given_up_at');
  }
}
