import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Codes that were sent by mail, to prove an address or set a new password: one for each user and purpose. */
export class CreateEmailCodes1763800100000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE email_codes (
        user_id uuid NOT NULL,
        purpose text NOT NULL,
        email varchar(255) NOT NULL,
        code_hash bytea NOT NULL,
        token_hash bytea NOT NULL,
        tries_left smallint NOT NULL,
        expires_at timestamptz NOT NULL,
        sent_at timestamptz,
        CONSTRAINT pk_email_codes PRIMARY KEY (user_id, purpose),
        CONSTRAINT uq_email_codes_token_hash UNIQUE (token_hash),
        CONSTRAINT fk_email_codes_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE email_codes');
  }
}
