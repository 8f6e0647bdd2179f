import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the few accounts with a role, or kept out, and what somebody did or when, without reading all there are. */
export class IndexWhatAdminsLookFor1796700000201 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE INDEX ix_users_role ON users (role, id) WHERE role <> 'user';
      CREATE INDEX ix_users_suspended ON users (id) WHERE suspended_at IS NOT NULL;
      CREATE INDEX ix_users_deactivated ON users (id) WHERE deactivated_at IS NOT NULL;
      CREATE INDEX ix_audit_log_actor_id ON audit_log (actor_id, id);
      CREATE INDEX ix_audit_log_action ON audit_log (action, id);
      CREATE INDEX ix_audit_log_created_at ON audit_log (created_at);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX ix_audit_log_created_at;
      DROP INDEX ix_audit_log_action;
      DROP INDEX ix_audit_log_actor_id;
      DROP INDEX ix_users_deactivated;
      DROP INDEX ix_users_suspended;
      DROP INDEX ix_users_role;
    `);
  }
}
