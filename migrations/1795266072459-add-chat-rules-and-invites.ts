import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may do what in a group, what each participant makes of a chat, and invitations by link. */
export class AddChatRulesAndInvites1795266072459 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE chats
        ADD COLUMN participant_count integer NOT NULL DEFAULT 0,
        ADD COLUMN who_may_post varchar(10) NOT NULL DEFAULT 'members',
        ADD COLUMN who_may_add varchar(10) NOT NULL DEFAULT 'admins',
        ADD COLUMN who_may_edit varchar(10) NOT NULL DEFAULT 'admins',
        ADD COLUMN slow_mode_seconds integer NOT NULL DEFAULT 0;
      UPDATE chats c SET participant_count =
        (SELECT count(*) FROM chat_participants p WHERE p.chat_id = c.id AND p.left_at IS NULL);

      ALTER TABLE chat_participants
        ADD COLUMN muted_until timestamptz,
        ADD COLUMN pinned_at timestamptz,
        ADD COLUMN archived_at timestamptz,
        ADD COLUMN hidden_up_to_seq bigint NOT NULL DEFAULT 0,
        ADD COLUMN is_hidden boolean NOT NULL DEFAULT false,
        ADD COLUMN last_sent_at timestamptz,
        ADD COLUMN was_removed boolean NOT NULL DEFAULT false;

      CREATE INDEX ix_chat_participants_chat_id_id ON chat_participants (chat_id, id) WHERE left_at IS NULL;

      CREATE TABLE chat_invites (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        chat_id bigint NOT NULL,
        created_by uuid NOT NULL,
        token_hash bytea NOT NULL,
        expires_at timestamptz,
        max_uses integer,
        uses integer NOT NULL DEFAULT 0,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_chat_invites PRIMARY KEY (id),
        CONSTRAINT uq_chat_invites_token_hash UNIQUE (token_hash),
        CONSTRAINT fk_chat_invites_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE,
        CONSTRAINT fk_chat_invites_created_by FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_chat_invites_chat_id ON chat_invites (chat_id);
      CREATE INDEX ix_chat_invites_created_by ON chat_invites (created_by);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE chat_invites;
      DROP INDEX ix_chat_participants_chat_id_id;
      ALTER TABLE chat_participants
        DROP COLUMN muted_until, DROP COLUMN pinned_at, DROP COLUMN archived_at, DROP COLUMN hidden_up_to_seq,
        DROP COLUMN is_hidden, DROP COLUMN last_sent_at, DROP COLUMN was_removed;
      ALTER TABLE chats
        DROP COLUMN participant_count, DROP COLUMN who_may_post, DROP COLUMN who_may_add, DROP COLUMN who_may_edit,
        DROP COLUMN slow_mode_seconds;
    `);
  }
}
