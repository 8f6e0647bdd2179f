import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

@Injectable()
export class GeofencesPersonalData {
  @DeclaresPersonalData('geofences')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'geofence_events',
          column: 'user_id',
          exports: {
            section: 'geofence_events',
            select: `t.id, t.geofence_id, t.event_type, t.latitude, t.longitude, t.accuracy, t.distance_meters, t.recorded_at,
              t.crossed_at, t.created_at`,
          },
          fate: 'deleted',
        },
        {
          table: 'geofence_areas',
          column: 'user_id',
          exports: {
            section: 'geofences',
            select: `t.id, t.name, t.center_latitude, t.center_longitude, t.radius_meters, t.notify_on_entry, t.notify_on_exit,
              t.is_active, t.created_at, t.updated_at`,
          },
          fate: 'deleted',
        },
        {
          table: 'geofence_cursors',
          column: 'user_id',
          exports: { not: 'says only how far the positions have been compared with the fences' },
          fate: 'deleted',
        },
      ],
    };
  }
}
