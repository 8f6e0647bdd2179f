import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stickers in their packs, and which of them people like and use. */
export class CreateStickers1795264812452 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE sticker_packs (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        tenant_id text NOT NULL,
        built_in text,
        name varchar(100) NOT NULL,
        author varchar(100),
        license varchar(200),
        license_url text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_sticker_packs PRIMARY KEY (id),
        CONSTRAINT uq_sticker_packs_tenant_id_built_in UNIQUE (tenant_id, built_in),
        CONSTRAINT fk_sticker_packs_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
      );

      CREATE TABLE stickers (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        pack_id bigint NOT NULL,
        place smallint NOT NULL,
        emoji text NOT NULL,
        keywords text[] NOT NULL,
        storage_key text NOT NULL,
        width integer NOT NULL,
        height integer NOT NULL,
        is_animated boolean NOT NULL,
        CONSTRAINT pk_stickers PRIMARY KEY (id),
        CONSTRAINT uq_stickers_pack_id_place UNIQUE (pack_id, place),
        CONSTRAINT fk_stickers_pack_id FOREIGN KEY (pack_id) REFERENCES sticker_packs (id) ON DELETE CASCADE
      );

      CREATE TABLE sticker_favorites (
        user_id uuid NOT NULL,
        sticker_id bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_sticker_favorites PRIMARY KEY (user_id, sticker_id),
        CONSTRAINT fk_sticker_favorites_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_sticker_favorites_sticker_id FOREIGN KEY (sticker_id) REFERENCES stickers (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_sticker_favorites_sticker_id ON sticker_favorites (sticker_id);

      CREATE TABLE sticker_uses (
        user_id uuid NOT NULL,
        sticker_id bigint NOT NULL,
        used_at timestamptz NOT NULL,
        CONSTRAINT pk_sticker_uses PRIMARY KEY (user_id, sticker_id),
        CONSTRAINT fk_sticker_uses_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_sticker_uses_sticker_id FOREIGN KEY (sticker_id) REFERENCES stickers (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_sticker_uses_sticker_id ON sticker_uses (sticker_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE sticker_uses, sticker_favorites, stickers, sticker_packs');
  }
}
