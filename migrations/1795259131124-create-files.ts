import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people upload. */
export class CreateFiles1795259131124 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE files (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        owner_id uuid NOT NULL,
        client_id text,
        status varchar(20) NOT NULL,
        kind varchar(10) NOT NULL,
        file_name varchar(255) NOT NULL,
        content_type varchar(127) NOT NULL,
        file_size bigint NOT NULL,
        sha256 char(64),
        storage_key text NOT NULL,
        width integer,
        height integer,
        duration_ms integer,
        is_animated boolean NOT NULL DEFAULT false,
        thumbhash text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz,
        CONSTRAINT pk_files PRIMARY KEY (id),
        CONSTRAINT uq_files_owner_id_client_id UNIQUE (owner_id, client_id),
        CONSTRAINT uq_files_storage_key UNIQUE (storage_key),
        CONSTRAINT fk_files_owner_id FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_files_owner_id ON files (owner_id, id);
      CREATE INDEX ix_files_deleted_at ON files (deleted_at) WHERE deleted_at IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE files');
  }
}
