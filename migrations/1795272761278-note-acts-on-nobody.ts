import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Acts of administrators that concern no one user, such as broadcasts. */
export class NoteActsOnNobody1795272761278 implements MigrationInterface {
  async up(runner: QueryRunner) {
    await runner.query('ALTER TABLE audit_log ALTER COLUMN target_id DROP NOT NULL');
  }

  /** Entries are only added to: those without a user get the nil one. */
  async down(runner: QueryRunner) {
    await runner.query('ALTER TABLE audit_log DISABLE TRIGGER USER');
    await runner.query(
      "UPDATE audit_log SET target_id = '00000000-0000-0000-0000-000000000000' WHERE target_id IS NULL",
    );
    await runner.query('ALTER TABLE audit_log ENABLE TRIGGER USER');
    await runner.query('ALTER TABLE audit_log ALTER COLUMN target_id SET NOT NULL');
  }
}
