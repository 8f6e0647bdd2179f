import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

const SECRET = { not: 'secrets, kept as hashes or for computing codes' };

@Injectable()
export class AuthPersonalData {
  @DeclaresPersonalData('auth')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'sessions',
          column: 'user_id',
          exports: {
            section: 'sessions',
            select: 't.id, t.user_agent, t.ip, t.created_at, t.last_active_at, t.revoked_at',
          },
          fate: 'deleted',
        },
        {
          table: 'security_events',
          column: 'user_id',
          exports: { section: 'security_events', select: 't.id, t.event, t.user_agent, t.ip, t.created_at' },
          fate: 'deleted',
        },
        {
          table: 'security_settings',
          column: 'user_id',
          exports: { section: 'security_settings', select: 't.login_alerts', order: ['user_id'] },
          fate: 'deleted',
        },
        {
          table: 'email_codes',
          column: 'user_id',
          // without the codes; of a change of the address it is the only place that has the new one
          exports: {
            section: 'codes_by_mail',
            select: 't.purpose, t.email, t.sent_at, t.expires_at',
            order: ['user_id', 'purpose'],
          },
          fate: 'deleted',
        },
        { table: 'recovery_codes', column: 'user_id', exports: SECRET, fate: 'deleted' },
        { table: 'two_factors', column: 'user_id', exports: SECRET, fate: 'deleted' },
      ],
    };
  }
}
