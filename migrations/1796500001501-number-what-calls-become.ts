import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A call counts its changes, so that late news of it is known by its number; what was told of calls before has number 0. */
export class NumberWhatCallsBecome1796500001501 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE video_calls ADD COLUMN revision integer NOT NULL DEFAULT 0;
      UPDATE user_events SET data = data || '{"revision": 0}' WHERE type = 'call_logged';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE user_events SET data = data - 'revision' WHERE type = 'call_logged';
      ALTER TABLE video_calls DROP COLUMN revision;
    `);
  }
}
