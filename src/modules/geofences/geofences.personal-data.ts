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
            select: `t.id, t.geofence_id, t.event_type, t.latitude, t.longitude, t.accuracy, t.distance_meters, t.border_meters,
              t.reason, t.confidence, t.recorded_at,
              t.crossed_at, t.created_at`,
          },
          fate: 'deleted',
        },
        {
          table: 'geofence_areas',
          column: 'user_id',
          exports: {
            section: 'geofences',
            select: `t.id, t.name, t.description, t.center_latitude, t.center_longitude, t.radius_meters, t.boundary, t.notify_on_entry, t.notify_on_exit,
              t.subject_id, t.chat_id, t.notify_on_dwell, t.dwell_seconds, t.cooldown_seconds, t.expires_at, t.is_active, t.created_at, t.updated_at`,
          },
          fate: 'deleted',
        },
        {
          table: 'geofence_areas',
          column: 'subject_id',
          exports: { not: 'another’s fence; what its subject says to it is in `geofence_watches`' },
          fate: 'deleted',
        },
        {
          table: 'geofence_watches',
          column: 'user_id',
          exports: {
            section: 'geofence_watches',
            order: ['geofence_id'],
            select: `t.geofence_id, t.state, t.share_id, t.created_at, t.decided_at`,
          },
          fate: 'deleted',
        },
        {
          table: 'geofence_refusals',
          column: 'user_id',
          exports: { not: 'that he said no within the last hour to a fence that is removed' },
          fate: 'deleted',
        },
        {
          table: 'geofence_refusals',
          column: 'owner_id',
          exports: { not: 'what others have said to him; it is theirs' },
          fate: 'deleted',
        },
        {
          table: 'geofence_states',
          column: 'user_id',
          exports: { not: 'on which side of a fence the newest positions are; the events say when that changed' },
          fate: 'deleted',
        },
        {
          table: 'geofence_cursors',
          column: 'user_id',
          exports: {
            not: 'says how far the positions have been compared with the fences; the last of them is the live position',
          },
          fate: 'deleted',
        },
      ],
    };
  }
}
