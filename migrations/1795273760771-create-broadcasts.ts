import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What admins tell many people, and how far it has come. */
export class CreateBroadcasts1795273760771 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE broadcasts (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        tenant_id text NOT NULL,
        created_by uuid NOT NULL,
        text jsonb NOT NULL,
        translations jsonb NOT NULL DEFAULT '{}',
        notification_type varchar(50) NOT NULL,
        data jsonb NOT NULL,
        segment jsonb NOT NULL,
        scheduled_at timestamptz NOT NULL,
        local_time varchar(5),
        status varchar(20) NOT NULL DEFAULT 'running',
        recipients int NOT NULL,
        started_at timestamptz,
        finished_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_broadcasts PRIMARY KEY (id),
        CONSTRAINT fk_broadcasts_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id)
      );
      CREATE INDEX ix_broadcasts_tenant_id_id ON broadcasts (tenant_id, id);

      CREATE TABLE broadcast_parts (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        broadcast_id bigint NOT NULL,
        time_zone text,
        due_at timestamptz NOT NULL,
        cursor uuid,
        processed int NOT NULL DEFAULT 0,
        finished_at timestamptz,
        moved_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_broadcast_parts PRIMARY KEY (id),
        CONSTRAINT fk_broadcast_parts_broadcast_id FOREIGN KEY (broadcast_id) REFERENCES broadcasts (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_broadcast_parts_broadcast_id ON broadcast_parts (broadcast_id);
      CREATE INDEX ix_broadcast_parts_open ON broadcast_parts (due_at) WHERE finished_at IS NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE broadcast_parts; DROP TABLE broadcasts');
  }
}
