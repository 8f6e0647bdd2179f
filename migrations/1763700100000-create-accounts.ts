import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users, their sessions and refresh tokens. */
export class CreateAccounts1763700100000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE users (
        id uuid NOT NULL,
        tenant_id text NOT NULL,
        username varchar(50) NOT NULL,
        email varchar(255) NOT NULL,
        password_hash varchar(255) NOT NULL,
        display_name varchar(100),
        avatar_url text,
        bio text,
        phone_number varchar(20),
        language varchar(10),
        timezone text NOT NULL DEFAULT 'UTC',
        is_active boolean NOT NULL DEFAULT true,
        is_verified boolean NOT NULL DEFAULT false,
        last_seen timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_users PRIMARY KEY (id),
        CONSTRAINT uq_users_tenant_id_username UNIQUE (tenant_id, username),
        CONSTRAINT uq_users_tenant_id_email UNIQUE (tenant_id, email),
        CONSTRAINT fk_users_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
      );

      CREATE TABLE sessions (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        user_agent text,
        ip inet,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_active_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz,
        CONSTRAINT pk_sessions PRIMARY KEY (id),
        CONSTRAINT fk_sessions_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_sessions_user_id ON sessions (user_id);

      CREATE TABLE refresh_tokens (
        hash bytea NOT NULL,
        session_id uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT pk_refresh_tokens PRIMARY KEY (hash),
        CONSTRAINT fk_refresh_tokens_session_id FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_refresh_tokens_session_id ON refresh_tokens (session_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE refresh_tokens, sessions, users');
  }
}
