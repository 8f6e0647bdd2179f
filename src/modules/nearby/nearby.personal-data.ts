import { Injectable } from '@nestjs/common';
import { DeclaresPersonalData, type PersonalData } from 'src/core/personal-data/personal-data';
import { NearbyService } from 'src/modules/nearby/nearby.service';

@Injectable()
export class NearbyPersonalData {
  constructor(private readonly nearby: NearbyService) {}

  @DeclaresPersonalData('nearby')
  declare(): PersonalData {
    return {
      holdings: [
        {
          table: 'nearby_users',
          column: 'user_id',
          exports: { section: 'nearby_visibility', select: 't.expires_at, t.created_at', order: ['user_id'] },
          fate: 'deleted',
        },
      ],
      erase: ({ userId }) => this.nearby.hide(userId),
    };
  }
}
