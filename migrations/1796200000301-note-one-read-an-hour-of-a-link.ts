import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who had a link has no name, and nothing is equal to NULL by itself: each of his views had a row of its own. */
export class NoteOneReadAnHourOfALink1796200000301 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      WITH hours AS (
        SELECT max(id) AS id, min(first_at) AS first_at, max(last_at) AS last_at, sum(count)::int AS count,
          (array_agg(precision ORDER BY id DESC))[1] AS precision, array_agg(id) AS ids
        FROM location_reads WHERE viewer_id IS NULL GROUP BY user_id, share_id, exit, hour HAVING count(*) > 1),
      merged AS (
        UPDATE location_reads r SET first_at = h.first_at, last_at = h.last_at, count = h.count, precision = h.precision
        FROM hours h WHERE r.id = h.id)
      DELETE FROM location_reads r USING hours h WHERE r.id = ANY(h.ids) AND r.id <> h.id;

      DROP INDEX uq_location_reads_hour;
      CREATE UNIQUE INDEX uq_location_reads_hour ON location_reads (user_id, share_id, viewer_id, exit, hour) NULLS NOT DISTINCT;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX uq_location_reads_hour;
      CREATE UNIQUE INDEX uq_location_reads_hour ON location_reads (user_id, share_id, viewer_id, exit, hour);
    `);
  }
}
