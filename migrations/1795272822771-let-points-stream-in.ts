import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['user_locations', 'location_keys', 'location_fixes'];

/**
 * Points come in by the hundred. That their user exists is asked once for all of them (whoever writes them locks his row, FOR KEY
 * SHARE), and no longer by a foreign key for each; with him they go as before.
 */
export class LetPointsStreamIn1795272822771 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const table of TABLES) await db.query(`ALTER TABLE ${table} DROP CONSTRAINT fk_${table}_user_id`);
    await db.query(`
      CREATE FUNCTION forget_points() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
          ${TABLES.map((table) => `DELETE FROM ${table} WHERE user_id = OLD.id;`).join(' ')}
          RETURN NULL;
        END $body$;
      CREATE TRIGGER tr_users_forget_points AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION forget_points();
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER tr_users_forget_points ON users; DROP FUNCTION forget_points()');
    for (const table of TABLES)
      await db.query(`ALTER TABLE ${table}
        ADD CONSTRAINT fk_${table}_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`);
  }
}
