import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * People are found by terms that Muster makes of their names, for PostgreSQL's own small letters and trigrams are those of the database's
 * locale. Muster fills them once this has run; a name that is changed without them, as by a node of the version before, loses its old ones.
 * Such nodes search on without these indexes, and need the extension.
 */
export class FoldNamesByUnicode1796700000101 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE users ADD COLUMN terms tsvector;
      CREATE INDEX ix_users_terms ON users USING gin (terms);
      CREATE INDEX ix_users_unfolded ON users (id) WHERE terms IS NULL;
      CREATE INDEX ix_users_email ON users (email varchar_pattern_ops);
      DROP INDEX ix_users_search, ix_users_admins_search;
      CREATE FUNCTION forget_name_terms() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
          NEW.terms := NULL;
          RETURN NEW;
        END $body$;
      CREATE TRIGGER tr_users_forget_name_terms BEFORE UPDATE OF username, display_name ON users FOR EACH ROW
        WHEN (OLD.username IS DISTINCT FROM NEW.username OR OLD.display_name IS DISTINCT FROM NEW.display_name)
        EXECUTE FUNCTION forget_name_terms();
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER tr_users_forget_name_terms ON users;
      DROP FUNCTION forget_name_terms();
      CREATE INDEX ix_users_search ON users USING gin (lower(username || ' ' || coalesce(display_name, '')) gin_trgm_ops);
      CREATE INDEX ix_users_admins_search ON users
        USING gin (lower(username || ' ' || email || ' ' || coalesce(display_name, '')) gin_trgm_ops);
      DROP INDEX ix_users_email;
      ALTER TABLE users DROP COLUMN terms;
    `);
  }
}
