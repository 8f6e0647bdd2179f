import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whoever leaves a group ends his links; those of whoever left before would work again when he comes back. */
export class EndLinksOfThoseWhoLeft1796100000301 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE chat_invites i SET revoked_at = now()
      WHERE i.revoked_at IS NULL AND NOT EXISTS (
        SELECT FROM chat_participants p WHERE p.chat_id = i.chat_id AND p.user_id = i.created_by AND p.left_at IS NULL);
    `);
  }

  /** They let nobody in as it was. */
  async down(): Promise<void> {
    // nothing to take back
  }
}
