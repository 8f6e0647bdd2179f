import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the sweeper looks at a file next, and how much users upload in a day. */
export class CountAndSweepFiles1795260484915 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE files ADD look_at timestamptz NOT NULL DEFAULT now() + interval '1 day';
      CREATE INDEX ix_files_look_at ON files (look_at);

      CREATE TABLE file_days (
        user_id uuid NOT NULL,
        day date NOT NULL,
        bytes bigint NOT NULL,
        CONSTRAINT pk_file_days PRIMARY KEY (user_id),
        CONSTRAINT fk_file_days_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE file_days; ALTER TABLE files DROP COLUMN look_at');
  }
}
