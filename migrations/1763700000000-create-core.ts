import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, the outbox of work to be done, and the first answers to keyed requests. */
export class CreateCore1763700000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE tenants (
        id text NOT NULL,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_tenants PRIMARY KEY (id)
      );
      INSERT INTO tenants (id, name) VALUES ('default', 'Default');

      CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        handler text NOT NULL,
        payload jsonb NOT NULL,
        tenant_id text NOT NULL,
        trace_id text NOT NULL,
        run_at timestamptz NOT NULL DEFAULT now(),
        queued_at timestamptz,
        parked_at timestamptz,
        error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_outbox PRIMARY KEY (id)
      );
      CREATE INDEX ix_outbox_waiting ON outbox (id) WHERE queued_at IS NULL AND parked_at IS NULL;
      CREATE INDEX ix_outbox_queued ON outbox (queued_at) WHERE queued_at IS NOT NULL AND parked_at IS NULL;
      CREATE INDEX ix_outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;

      CREATE TABLE idempotency_keys (
        user_id uuid NOT NULL,
        key text NOT NULL,
        request_hash text NOT NULL,
        status integer,
        body jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (user_id, key)
      );
      CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE idempotency_keys, outbox, tenants');
  }
}
