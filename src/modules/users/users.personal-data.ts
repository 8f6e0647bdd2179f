import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

@Injectable()
export class UsersPersonalData {
  @DeclaresPersonalData('users')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'users',
          column: 'id',
          exports: {
            section: 'profile',
            select: `t.id, t.username, t.email, t.display_name, t.avatar_url, t.bio, t.phone_number, t.language, t.timezone,
              t.is_verified, t.role, t.suspended_at, t.suspension_reason, t.deactivated_at, t.last_seen, t.chosen_status,
              t.status_message, t.findable_by, t.last_seen_for, t.messages_from, t.groups_from, t.created_at, t.updated_at`,
          },
          fate: 'by the feature',
        },
        {
          table: 'former_usernames',
          column: 'user_id',
          exports: {
            section: 'former_usernames',
            select: 't.username, t.given_up_at',
            order: ['user_id', 'username'],
          },
          // they go 30 days later (`UsersService.forgetFormerUsernames`), or with the account, at the very end: until then they are looked
          // for where others were told of them
          fate: 'by the feature',
        },
        {
          table: 'user_blocks',
          column: 'blocker_id',
          exports: {
            section: 'blocked_people',
            select: 't.blocked_id, u.username, t.created_at',
            join: 'JOIN users u ON u.id = t.blocked_id',
          },
          fate: 'deleted',
        },
        {
          table: 'user_blocks',
          column: 'blocked_id',
          exports: { not: 'nobody is told who has blocked him' },
          fate: 'deleted',
        },
      ],
    };
  }
}
