import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

const KEPT = {
  kept: 'what was done to accounts must stay provable; it holds random ids, which name nobody once the account is gone',
};

@Injectable()
export class AuditPersonalData {
  @DeclaresPersonalData('audit')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'audit_log',
          column: 'target_id',
          exports: { section: 'acts_on_the_account', select: 't.id, t.action, t.details, t.created_at' },
          fate: KEPT,
        },
        {
          table: 'audit_log',
          column: 'actor_id',
          exports: { not: 'what somebody did with his office is told of those to whom it was done' },
          fate: KEPT,
        },
      ],
    };
  }
}
