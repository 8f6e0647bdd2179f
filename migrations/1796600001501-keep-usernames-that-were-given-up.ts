import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A username that somebody has given up is kept for him for a time; who had it can be told and erased. */
export class KeepUsernamesThatWereGivenUp1796600001501 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE former_usernames (
        user_id uuid NOT NULL,
        username varchar(50) NOT NULL,
        given_up_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_former_usernames PRIMARY KEY (user_id, username),
        CONSTRAINT fk_former_usernames_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_former_usernames_username ON former_usernames (username);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE former_usernames');
  }
}
