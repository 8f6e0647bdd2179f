import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Administrators also search by e-mail addresses, which nobody else can; those of accounts that are gone are not looked for. */
export class IndexAdminsSearch1795271654501 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX ix_users_admins_search ON users
        USING gin (lower(username || ' ' || email || ' ' || coalesce(display_name, '')) gin_trgm_ops);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX ix_users_admins_search');
  }
}
