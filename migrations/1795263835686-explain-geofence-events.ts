import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why each crossing is believed; staying as an event; quiet times and ends of fences. */
export class ExplainGeofenceEvents1795263835686 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE geofence_areas
        ADD COLUMN description text,
        ADD COLUMN notify_on_dwell boolean NOT NULL DEFAULT true,
        ADD COLUMN dwell_seconds integer,
        ADD COLUMN cooldown_seconds integer NOT NULL DEFAULT 0,
        ADD COLUMN expires_at timestamptz;

      ALTER TABLE geofence_cursors ADD COLUMN last_fix jsonb;

      ALTER TABLE geofence_states
        ADD COLUMN since timestamptz,
        ADD COLUMN evidence jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN dwelled boolean NOT NULL DEFAULT false,
        ADD COLUMN pending jsonb;
      -- what was about to happen is settled by the next fixes
      ALTER TABLE geofence_states DROP COLUMN pending_since, DROP COLUMN pending_location_id, DROP COLUMN pending_fixes;
      UPDATE geofence_states SET since = coalesce(fix_at, now()) WHERE side <> 'unknown';

      ALTER TABLE geofence_events
        ADD COLUMN border_meters double precision,
        ADD COLUMN reason varchar(20) NOT NULL DEFAULT 'seconds',
        ADD COLUMN confidence double precision NOT NULL DEFAULT 0.5,
        ADD COLUMN evidence jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN silenced varchar(20);
      UPDATE geofence_events e SET border_meters = e.distance_meters - a.radius_meters FROM geofence_areas a WHERE a.id = e.geofence_id;
      ALTER TABLE geofence_events
        ALTER COLUMN border_meters SET NOT NULL,
        ALTER COLUMN reason DROP DEFAULT,
        ALTER COLUMN confidence DROP DEFAULT,
        ALTER COLUMN evidence DROP DEFAULT;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DELETE FROM geofence_events WHERE event_type = 'dwell';
      ALTER TABLE geofence_events DROP COLUMN border_meters, DROP COLUMN reason, DROP COLUMN confidence, DROP COLUMN evidence,
        DROP COLUMN silenced;
      ALTER TABLE geofence_states DROP COLUMN since, DROP COLUMN evidence, DROP COLUMN dwelled, DROP COLUMN pending,
        ADD COLUMN pending_since timestamptz, ADD COLUMN pending_location_id bigint, ADD COLUMN pending_fixes integer;
      ALTER TABLE geofence_cursors DROP COLUMN last_fix;
      ALTER TABLE geofence_areas DROP COLUMN description, DROP COLUMN notify_on_dwell, DROP COLUMN dwell_seconds,
        DROP COLUMN cooldown_seconds, DROP COLUMN expires_at;
    `);
  }
}
