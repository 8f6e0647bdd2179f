import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For a node without Redis, to learn whether others have it. */
export class CreateRedisSightings1795298029223 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE redis_sightings (
        id int NOT NULL,
        seen_at timestamptz NOT NULL,
        CONSTRAINT pk_redis_sightings PRIMARY KEY (id)
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE redis_sightings');
  }
}
