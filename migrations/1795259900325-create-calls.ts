import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Calls, their people, and pushes that ring: urgent, with an end, and taken back. */
export class CreateCalls1795259900325 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE video_calls (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        tenant_id text NOT NULL,
        channel_name varchar(64) NOT NULL,
        call_type varchar(20) NOT NULL,
        status varchar(20) NOT NULL,
        is_group boolean NOT NULL,
        initiated_by uuid NOT NULL,
        chat_id bigint,
        started_at timestamptz NOT NULL DEFAULT now(),
        answered_at timestamptz,
        ended_at timestamptz,
        duration integer,
        end_reason varchar(20),
        ended_by uuid,
        CONSTRAINT pk_video_calls PRIMARY KEY (id),
        CONSTRAINT uq_video_calls_channel_name UNIQUE (channel_name),
        CONSTRAINT fk_video_calls_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id),
        CONSTRAINT fk_video_calls_initiated_by FOREIGN KEY (initiated_by) REFERENCES users (id),
        CONSTRAINT fk_video_calls_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE SET NULL,
        CONSTRAINT fk_video_calls_ended_by FOREIGN KEY (ended_by) REFERENCES users (id)
      );
      CREATE INDEX ix_video_calls_initiated_by ON video_calls (initiated_by);
      CREATE INDEX ix_video_calls_chat_id ON video_calls (chat_id) WHERE chat_id IS NOT NULL;
      CREATE INDEX ix_video_calls_ended_by ON video_calls (ended_by) WHERE ended_by IS NOT NULL;

      CREATE TABLE call_participants (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        call_id bigint NOT NULL,
        user_id uuid NOT NULL,
        uid integer NOT NULL,
        status varchar(20) NOT NULL,
        session_id uuid,
        invited_at timestamptz NOT NULL DEFAULT now(),
        rings_until timestamptz,
        joined_at timestamptz,
        left_at timestamptz,
        is_muted boolean NOT NULL DEFAULT false,
        is_video_enabled boolean NOT NULL DEFAULT true,
        decline_reason varchar(100),
        quality_rating smallint,
        absences smallint NOT NULL DEFAULT 0,
        CONSTRAINT pk_call_participants PRIMARY KEY (id),
        CONSTRAINT uq_call_participants_call_id_user_id UNIQUE (call_id, user_id),
        CONSTRAINT uq_call_participants_call_id_uid UNIQUE (call_id, uid),
        CONSTRAINT fk_call_participants_call_id FOREIGN KEY (call_id) REFERENCES video_calls (id) ON DELETE CASCADE,
        CONSTRAINT fk_call_participants_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_call_participants_user_id_call_id ON call_participants (user_id, call_id);
      CREATE UNIQUE INDEX uq_call_participants_engaged ON call_participants (user_id)
        WHERE status IN ('invited', 'ringing', 'joined');

      ALTER TABLE push_notifications ADD COLUMN urgent_until timestamptz, ADD COLUMN withdrawn_at timestamptz;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE push_notifications DROP COLUMN withdrawn_at, DROP COLUMN urgent_until;
      DROP TABLE call_participants, video_calls;
    `);
  }
}
