import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages can pass on others; those that were sent before do not. */
export class SayWhatIsPassedOn1796600001601 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE messages ADD COLUMN forward_of bigint');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE messages DROP COLUMN forward_of');
  }
}
