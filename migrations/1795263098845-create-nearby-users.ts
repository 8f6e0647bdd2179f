import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who wants to be found by those near him. */
export class CreateNearbyUsers1795263098845 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE nearby_users (
        user_id uuid NOT NULL,
        expires_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_nearby_users PRIMARY KEY (user_id),
        CONSTRAINT fk_nearby_users_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE nearby_users');
  }
}
