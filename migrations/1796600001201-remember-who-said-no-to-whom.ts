import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who said no to somebody's fence is not asked by him for a while, though the fence be removed and drawn again. */
export class RememberWhoSaidNoToWhom1796600001201 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE geofence_refusals (
        user_id uuid NOT NULL,
        owner_id uuid NOT NULL,
        refused_at timestamptz NOT NULL,
        CONSTRAINT pk_geofence_refusals PRIMARY KEY (user_id, owner_id),
        CONSTRAINT fk_geofence_refusals_user_id FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT fk_geofence_refusals_owner_id FOREIGN KEY (owner_id) REFERENCES users (id) ON DELETE CASCADE
      );
      CREATE INDEX ix_geofence_refusals_owner_id ON geofence_refusals (owner_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE geofence_refusals');
  }
}
