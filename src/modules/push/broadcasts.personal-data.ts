import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';

@Injectable()
export class BroadcastsPersonalData {
  @DeclaresPersonalData('broadcasts')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'broadcasts',
          column: 'created_by',
          exports: { not: 'it is what the operator has said, by the hand of an admin' },
          fate: { kept: 'as in the audit log: a random id, which names nobody once the account is gone' },
        },
        {
          table: 'broadcast_parts',
          column: 'cursor',
          exports: { not: 'says only how far a broadcast has come' },
          fate: { kept: 'a place in the order of ids, which names nobody once the account is gone' },
        },
      ],
    };
  }
}
