import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';
import { ExportsService } from 'src/modules/account/exports.service';

@Injectable()
export class AccountPersonalData {
  constructor(private readonly exports: ExportsService) {}

  @DeclaresPersonalData('account')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'data_exports',
          column: 'user_id',
          exports: { not: 'says only when exports were made' },
          fate: 'deleted',
        },
        // the row goes with the account, at the very end
        ...['user_id', 'stand_in_id'].map((column) => ({
          table: 'account_erasures',
          column,
          exports: { not: 'there is none while the account is' },
          fate: 'by the feature' as const,
        })),
      ],
      erase: ({ userId }) => this.exports.removeAll(userId),
    };
  }
}
