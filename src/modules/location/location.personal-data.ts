import { Injectable } from '@nestjs/common';
import { ImportsService } from 'src/modules/location/imports.service';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

const DEVICE = 't.battery, t.activity, t.source, t.flags';
const PLACE = 't.latitude, t.longitude, t.accuracy, t.altitude, t.speed, t.heading, t.recorded_at';

@Injectable()
export class LocationPersonalData {
  constructor(private readonly imports: ImportsService) {}

  @DeclaresPersonalData('location')
  declare(): PersonalData {
    return {
      erase: ({ userId }) => this.imports.forgetFiles(userId),
      holdings: [
        {
          table: 'user_locations',
          column: 'user_id',
          exports: {
            section: 'locations',
            select: `t.id, ${PLACE}, ${DEVICE}, t.client_id, t.created_at`,
            order: ['recorded_at', 'id'],
          },
          fate: 'deleted',
        },
        {
          table: 'live_locations',
          column: 'user_id',
          exports: { section: 'live_location', select: `${PLACE}, ${DEVICE}`, order: ['user_id'] },
          fate: 'deleted',
        },
        {
          table: 'location_settings',
          column: 'user_id',
          exports: {
            section: 'location_settings',
            select: 't.history, t.history_days, t.updated_at',
            order: ['user_id'],
          },
          fate: 'deleted',
        },
        {
          table: 'location_keys',
          column: 'user_id',
          exports: {
            not: 'names that devices gave to the points of the last day; the points are in the other sections',
          },
          fate: 'deleted',
        },
        {
          table: 'location_fixes',
          column: 'user_id',
          exports: { not: 'points of the last moments, until geofences have seen them' },
          fate: 'deleted',
        },
        {
          table: 'location_followers',
          column: 'user_id',
          exports: { not: 'whether he has geofences, which are in a section of their own' },
          fate: 'deleted',
        },
        {
          table: 'location_imports',
          column: 'user_id',
          exports: {
            section: 'location_imports',
            select: 't.id, t.name, t.size, t.state, t.stored, t.refused, t.created_at, t.ended_at',
          },
          fate: 'deleted',
        },
        // before the shares that they name
        {
          table: 'location_reads',
          column: 'user_id',
          exports: {
            section: 'location_reads',
            select: 't.id, t.viewer_id, t.share_id, t.exit, t.precision, t.first_at, t.last_at, t.count',
          },
          fate: 'deleted',
        },
        {
          table: 'location_reads',
          column: 'viewer_id',
          exports: { not: 'what others were told of him; it is theirs' },
          fate: 'deleted',
        },
        ...(['user_id', 'target_user_id'] as const).map((column) => ({
          table: 'location_requests',
          column,
          exports: {
            section: column === 'user_id' ? 'location_requests' : 'location_requests_received',
            select: 't.id, t.user_id, t.target_user_id, t.state, t.share_id, t.created_at, t.decided_at',
          },
          fate: 'deleted' as const,
        })),
        {
          table: 'private_places',
          column: 'user_id',
          exports: {
            section: 'private_places',
            select: 't.id, t.name, t.latitude, t.longitude, t.radius, t.created_at',
          },
          fate: 'deleted',
        },
        {
          table: 'location_shares',
          column: 'user_id',
          exports: {
            section: 'location_shares',
            select: `t.id, t.audience, t.target_user_id, t.chat_id, t.precision, t.shows_history, t.arrival_latitude,
              t.arrival_longitude, t.arrival_radius, t.max_views, t.views, t.created_at, t.expires_at, t.is_active, t.stopped_at,
              t.end_reason`,
          },
          fate: 'deleted',
        },
        {
          table: 'location_shares',
          column: 'target_user_id',
          exports: {
            section: 'location_shares_received',
            select: 't.id, t.user_id, t.precision, t.created_at, t.expires_at, t.is_active, t.stopped_at',
          },
          fate: 'deleted',
        },
      ],
    };
  }
}
