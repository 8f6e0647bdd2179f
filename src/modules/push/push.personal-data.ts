import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

@Injectable()
export class PushPersonalData {
  @DeclaresPersonalData('push')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'device_tokens',
          column: 'user_id',
          exports: {
            section: 'devices',
            select: `t.id, t.device_type, t.device_id, t.device_name, t.app_version, t.os_version, t.locale, t.is_active,
              t.last_used, t.created_at, t.updated_at`,
          },
          fate: 'deleted',
        },
        {
          table: 'notification_preferences',
          column: 'user_id',
          exports: {
            section: 'notification_preferences',
            select: 't.off, t.quiet_start, t.quiet_end, t.quiet_allow, t.show_content, t.updated_at',
            order: ['user_id'],
          },
          fate: 'deleted',
        },
        {
          table: 'push_notifications',
          column: 'user_id',
          exports: {
            section: 'notifications',
            // what tells of another person may hold what he wrote
            select: `t.id, CASE WHEN t.about_user_id IS NULL THEN t.title END AS title,
              CASE WHEN t.about_user_id IS NULL THEN t.body END AS body, t.notification_type, t.category, t.data, t.is_sent, t.created_at, t.sent_at,
              t.delivered_at, t.opened_at, t.read_at`,
          },
          fate: 'deleted',
        },
        {
          table: 'push_notifications',
          column: 'about_user_id',
          exports: { not: 'they are those of the people who were told' },
          fate: 'deleted',
        },
      ],
    };
  }
}
