import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages of many types, threads, edits, tombstones, reactions, mentions, pins, search. */
export class AddMessageContents1795259435221 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE messages
        ADD metadata jsonb,
        ADD thread_id bigint,
        ADD reply_count int NOT NULL DEFAULT 0,
        ADD mentions_all boolean NOT NULL DEFAULT false,
        ADD links text[],
        ADD terms tsvector,
        ADD deleted_at timestamptz,
        ADD pinned_at timestamptz,
        ADD CONSTRAINT fk_messages_thread_id FOREIGN KEY (thread_id) REFERENCES messages (id) ON DELETE SET NULL;
      -- the words of what was sent before; from now on the server makes them, which knows more scripts
      UPDATE messages SET terms = ('''#' || chat_id || '''')::tsvector || to_tsvector('simple', content);
      CREATE INDEX ix_messages_thread_id ON messages (thread_id, seq) WHERE thread_id IS NOT NULL;
      CREATE INDEX ix_messages_terms ON messages USING gin (terms);
      CREATE INDEX ix_messages_links ON messages (chat_id, seq) WHERE links IS NOT NULL;
      CREATE INDEX ix_messages_pinned ON messages (chat_id, pinned_at) WHERE pinned_at IS NOT NULL;
      CREATE INDEX ix_messages_mentions_all ON messages (chat_id, seq) WHERE mentions_all;

      CREATE TABLE message_edits (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        message_id bigint NOT NULL,
        content text NOT NULL,
        written_at timestamptz NOT NULL,
        CONSTRAINT pk_message_edits PRIMARY KEY (id),
        CONSTRAINT fk_message_edits_message_id FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_message_edits_message_id ON message_edits (message_id);

      CREATE TABLE message_reactions (
        message_id bigint NOT NULL,
        user_id uuid NOT NULL,
        emoji text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_message_reactions PRIMARY KEY (message_id, user_id, emoji),
        CONSTRAINT fk_message_reactions_message_id FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
        CONSTRAINT fk_message_reactions_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_message_reactions_user_id ON message_reactions (user_id);

      CREATE TABLE message_mentions (
        message_id bigint NOT NULL,
        user_id uuid NOT NULL,
        chat_id bigint NOT NULL,
        seq bigint NOT NULL,
        CONSTRAINT pk_message_mentions PRIMARY KEY (message_id, user_id),
        CONSTRAINT fk_message_mentions_message_id FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE,
        CONSTRAINT fk_message_mentions_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_message_mentions_user_id_chat_id_seq ON message_mentions (user_id, chat_id, seq);

      CREATE TABLE message_hides (
        user_id uuid NOT NULL,
        message_id bigint NOT NULL,
        CONSTRAINT pk_message_hides PRIMARY KEY (user_id, message_id),
        CONSTRAINT fk_message_hides_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_message_hides_message_id FOREIGN KEY (message_id) REFERENCES messages (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_message_hides_message_id ON message_hides (message_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TABLE message_hides, message_mentions, message_reactions, message_edits;
      -- what an older server can't show
      DELETE FROM messages WHERE message_type <> 'text' OR deleted_at IS NOT NULL;
      ALTER TABLE messages
        DROP metadata, DROP thread_id, DROP reply_count, DROP mentions_all, DROP links, DROP terms, DROP deleted_at, DROP pinned_at;
    `);
  }
}
