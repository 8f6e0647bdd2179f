import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What users have asked to be given of their data, as ZIPs. */
export class CreateDataExports1795259358301 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE data_exports (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        status varchar(10) NOT NULL DEFAULT 'pending',
        created_at timestamptz NOT NULL DEFAULT now(),
        ready_at timestamptz,
        expires_at timestamptz,
        size_bytes bigint,
        CONSTRAINT pk_data_exports PRIMARY KEY (id),
        CONSTRAINT fk_data_exports_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_data_exports_user_id_id ON data_exports (user_id, id);
      CREATE UNIQUE INDEX uq_data_exports_under_way ON data_exports (user_id) WHERE status IN ('pending', 'running');
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE data_exports');
  }
}
