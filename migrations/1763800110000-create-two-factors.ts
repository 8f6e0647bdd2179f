import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second factors and their recovery codes. */
export class CreateTwoFactors1763800110000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE two_factors (
        user_id uuid NOT NULL,
        secret bytea NOT NULL,
        confirmed_at timestamptz,
        last_step bigint NOT NULL DEFAULT 0,
        CONSTRAINT pk_two_factors PRIMARY KEY (user_id),
        CONSTRAINT fk_two_factors_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE TABLE recovery_codes (
        user_id uuid NOT NULL,
        hash bytea NOT NULL,
        CONSTRAINT pk_recovery_codes PRIMARY KEY (user_id, hash),
        CONSTRAINT fk_recovery_codes_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE recovery_codes, two_factors');
  }
}
