import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Chats, who takes part in them, and their messages. */
export class CreateChats1763700210000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE chats (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        tenant_id text NOT NULL,
        chat_type varchar(20) NOT NULL,
        name varchar(100),
        description text,
        private_pair text,
        created_by uuid NOT NULL,
        last_seq bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT pk_chats PRIMARY KEY (id),
        CONSTRAINT uq_chats_private_pair UNIQUE (private_pair),
        CONSTRAINT fk_chats_tenant_id FOREIGN KEY (tenant_id) REFERENCES tenants (id),
        CONSTRAINT fk_chats_created_by FOREIGN KEY (created_by) REFERENCES users (id)
      );
      CREATE INDEX ix_chats_created_by ON chats (created_by);

      CREATE TABLE chat_participants (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        chat_id bigint NOT NULL,
        user_id uuid NOT NULL,
        role varchar(20) NOT NULL DEFAULT 'member',
        last_read_seq bigint NOT NULL DEFAULT 0,
        last_delivered_seq bigint NOT NULL DEFAULT 0,
        joined_at timestamptz NOT NULL DEFAULT now(),
        left_at timestamptz,
        CONSTRAINT pk_chat_participants PRIMARY KEY (id),
        CONSTRAINT uq_chat_participants_chat_id_user_id UNIQUE (chat_id, user_id),
        CONSTRAINT fk_chat_participants_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE,
        CONSTRAINT fk_chat_participants_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_chat_participants_user_id ON chat_participants (user_id) WHERE left_at IS NULL;

      CREATE TABLE messages (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        chat_id bigint NOT NULL,
        seq bigint NOT NULL,
        sender_id uuid NOT NULL,
        client_id text,
        content text NOT NULL,
        message_type varchar(20) NOT NULL DEFAULT 'text',
        reply_to_id bigint,
        is_edited boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_messages PRIMARY KEY (id),
        CONSTRAINT uq_messages_chat_id_seq UNIQUE (chat_id, seq),
        CONSTRAINT uq_messages_sender_id_client_id UNIQUE (sender_id, client_id),
        CONSTRAINT fk_messages_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE,
        CONSTRAINT fk_messages_sender_id FOREIGN KEY (sender_id) REFERENCES users (id),
        CONSTRAINT fk_messages_reply_to_id FOREIGN KEY (reply_to_id) REFERENCES messages (id) ON DELETE SET NULL
      );
      CREATE INDEX ix_messages_reply_to_id ON messages (reply_to_id) WHERE reply_to_id IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE messages, chat_participants, chats');
  }
}
