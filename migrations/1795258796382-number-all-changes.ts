import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every change of a chat takes a number, not messages alone, and so does what concerns a user and no chat. Messages keep their
 * numbers; whoever sent a message has read up to it.
 */
export class NumberAllChanges1795258796382 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE user_streams (
        user_id uuid NOT NULL,
        last_seq bigint NOT NULL,
        trimmed_seq bigint NOT NULL DEFAULT 0,
        CONSTRAINT pk_user_streams PRIMARY KEY (user_id)
      );
      CREATE TABLE user_events (
        user_id uuid NOT NULL,
        seq bigint NOT NULL,
        type text NOT NULL,
        data jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_user_events PRIMARY KEY (user_id, seq)
      );
      CREATE INDEX ix_user_events_created_at ON user_events (created_at);

      CREATE TABLE chat_changes (
        chat_id bigint NOT NULL,
        seq bigint NOT NULL,
        type text NOT NULL,
        message_id bigint,
        user_id uuid,
        actor_id uuid,
        data jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_chat_changes PRIMARY KEY (chat_id, seq),
        CONSTRAINT fk_chat_changes_chat_id FOREIGN KEY (chat_id) REFERENCES chats (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_chat_changes_created_at ON chat_changes (created_at);

      ALTER TABLE chats
        ADD last_message_seq bigint NOT NULL DEFAULT 0,
        ADD message_count bigint NOT NULL DEFAULT 0,
        ADD trimmed_seq bigint NOT NULL DEFAULT 0;
      UPDATE chats SET last_message_seq = last_seq, message_count = last_seq;
      ALTER TABLE messages ADD ordinal bigint;
      UPDATE messages SET ordinal = seq;
      ALTER TABLE messages ALTER ordinal SET NOT NULL;
      ALTER TABLE chat_participants ADD read_count bigint NOT NULL DEFAULT 0;
      UPDATE chat_participants p SET last_read_seq = greatest(p.last_read_seq, sent.seq),
          last_delivered_seq = greatest(p.last_delivered_seq, sent.seq)
        FROM (SELECT chat_id, sender_id, max(seq) AS seq FROM messages GROUP BY 1, 2) sent
        WHERE sent.chat_id = p.chat_id AND sent.sender_id = p.user_id;
      UPDATE chat_participants SET read_count = last_read_seq;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      -- without the other changes the numbers of messages would have gaps
      UPDATE chat_participants p SET
        last_read_seq = (SELECT count(*) FROM messages m WHERE m.chat_id = p.chat_id AND m.seq <= p.last_read_seq),
        last_delivered_seq = (SELECT count(*) FROM messages m WHERE m.chat_id = p.chat_id AND m.seq <= p.last_delivered_seq);
      UPDATE messages m SET seq = -n.seq
        FROM (SELECT id, row_number() OVER (PARTITION BY chat_id ORDER BY seq) AS seq FROM messages) n WHERE n.id = m.id;
      UPDATE messages SET seq = -seq;
      UPDATE chats c SET last_seq = (SELECT count(*) FROM messages m WHERE m.chat_id = c.id);
      ALTER TABLE chat_participants DROP read_count;
      ALTER TABLE messages DROP ordinal;
      ALTER TABLE chats DROP last_message_seq, DROP message_count, DROP trimmed_seq;
      DROP TABLE chat_changes, user_events, user_streams;
    `);
  }
}
