import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What happened to the safety of accounts, and what their owners chose for it. */
export class CreateSecurityEvents1795259999384 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE security_events (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        user_id uuid NOT NULL,
        event text NOT NULL,
        user_agent text,
        ip inet,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_security_events PRIMARY KEY (id),
        CONSTRAINT fk_security_events_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_security_events_user_id_id ON security_events (user_id, id);
      CREATE INDEX ix_security_events_created_at ON security_events (created_at);

      CREATE TABLE security_settings (
        user_id uuid NOT NULL,
        login_alerts boolean NOT NULL,
        CONSTRAINT pk_security_settings PRIMARY KEY (user_id),
        CONSTRAINT fk_security_settings_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE security_settings, security_events');
  }
}
