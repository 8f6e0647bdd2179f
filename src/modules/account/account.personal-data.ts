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
      ],
      erase: ({ userId }) => this.exports.removeAll(userId),
    };
  }
}
