import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is made of files: previews, and what others get instead of the original. */
export class CreateFileRenditions1795262302086 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE files ADD waveform smallint[], ADD has_thumbnails boolean NOT NULL DEFAULT false,
        ADD attempts smallint NOT NULL DEFAULT 0;

      CREATE TABLE file_renditions (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        file_id bigint NOT NULL,
        variant varchar(10) NOT NULL,
        format varchar(10) NOT NULL,
        content_type varchar(127) NOT NULL,
        storage_key text NOT NULL,
        file_size bigint NOT NULL,
        width integer,
        height integer,
        CONSTRAINT pk_file_renditions PRIMARY KEY (id),
        CONSTRAINT uq_file_renditions_file_id_variant_format UNIQUE (file_id, variant, format),
        CONSTRAINT uq_file_renditions_storage_key UNIQUE (storage_key),
        CONSTRAINT fk_file_renditions_file_id FOREIGN KEY (file_id) REFERENCES files (id) ON DELETE CASCADE
      );

      CREATE TABLE user_avatars (
        user_id uuid NOT NULL,
        file_id bigint NOT NULL,
        CONSTRAINT pk_user_avatars PRIMARY KEY (user_id),
        CONSTRAINT fk_user_avatars_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_user_avatars_file_id FOREIGN KEY (file_id) REFERENCES files (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_user_avatars_file_id ON user_avatars (file_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE user_avatars;
      DROP TABLE file_renditions;
      ALTER TABLE files DROP COLUMN waveform, DROP COLUMN has_thumbnails, DROP COLUMN attempts;
    `);
  }
}
