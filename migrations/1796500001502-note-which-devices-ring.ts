import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which of a callee's devices have said that they ring: the others are woken. */
export class NoteWhichDevicesRing1796500001502 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE call_participants ADD COLUMN ringing_session_ids uuid[] NOT NULL DEFAULT '{}'`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE call_participants DROP COLUMN ringing_session_ids');
  }
}
