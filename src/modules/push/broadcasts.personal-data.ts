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
      ],
    };
  }
}
