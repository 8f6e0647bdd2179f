import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When accounts are to be deleted, and who stands for them afterwards; whom a notification tells of, for it goes with that person. */
export class LetAccountsBeDeleted1795261103074 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE users ADD COLUMN deletion_due_at timestamptz, ADD COLUMN deleted_at timestamptz;
      CREATE INDEX ix_users_deletion_due_at ON users (deletion_due_at) WHERE deletion_due_at IS NOT NULL;

      CREATE TABLE account_erasures (
        user_id uuid NOT NULL,
        stand_in_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        asked_at timestamptz NOT NULL DEFAULT now(),
        told_at timestamptz,
        CONSTRAINT pk_account_erasures PRIMARY KEY (user_id),
        CONSTRAINT fk_account_erasures_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_account_erasures_stand_in_id FOREIGN KEY (stand_in_id) REFERENCES users (id)
      );
      CREATE INDEX ix_account_erasures_stand_in_id ON account_erasures (stand_in_id);

      ALTER TABLE push_notifications ADD COLUMN about_user_id uuid,
        ADD CONSTRAINT fk_push_notifications_about_user_id FOREIGN KEY (about_user_id) REFERENCES users (id) ON DELETE CASCADE;
      UPDATE push_notifications SET about_user_id = u.id FROM users u
        WHERE u.id::text IN (push_notifications.data ->> 'sender_id', push_notifications.data ->> 'sharer_id');
      CREATE INDEX ix_push_notifications_about_user_id ON push_notifications (about_user_id) WHERE about_user_id IS NOT NULL;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE push_notifications DROP COLUMN about_user_id;
      DROP TABLE account_erasures;
      ALTER TABLE users DROP COLUMN deletion_due_at, DROP COLUMN deleted_at;
    `);
  }
}
