import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tracks that people hand over for their histories. */
export class CreateLocationImports1795262477962 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE location_imports (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        storage_key text NOT NULL,
        name text NOT NULL,
        size bigint NOT NULL,
        state text NOT NULL DEFAULT 'waiting',
        bytes_read bigint NOT NULL DEFAULT 0,
        stored integer NOT NULL DEFAULT 0,
        refused integer NOT NULL DEFAULT 0,
        fault text,
        created_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        CONSTRAINT pk_location_imports PRIMARY KEY (id),
        CONSTRAINT fk_location_imports_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_location_imports_user_id ON location_imports (user_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE location_imports');
  }
}
