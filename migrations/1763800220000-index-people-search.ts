import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Search for people by the beginnings of their names, and by names that are alike. The extension is a trusted one: the owner of the database may create it. */
export class IndexPeopleSearch1763800220000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE EXTENSION IF NOT EXISTS pg_trgm;
      CREATE INDEX ix_users_search ON users USING gin (lower(username || ' ' || coalesce(display_name, '')) gin_trgm_ops);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_users_search; DROP EXTENSION pg_trgm');
  }
}
