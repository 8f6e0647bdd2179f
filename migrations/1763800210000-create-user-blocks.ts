import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who has blocked whom. */
export class CreateUserBlocks1763800210000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE user_blocks (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        blocker_id uuid NOT NULL,
        blocked_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_user_blocks PRIMARY KEY (id),
        CONSTRAINT uq_user_blocks_blocker_id_blocked_id UNIQUE (blocker_id, blocked_id),
        CONSTRAINT fk_user_blocks_blocker_id FOREIGN KEY (blocker_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_user_blocks_blocked_id FOREIGN KEY (blocked_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_user_blocks_blocked_id ON user_blocks (blocked_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE user_blocks');
  }
}
