import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { SharesService } from 'src/modules/location/shares.service';

@Injectable()
export class LocationWorkers {
  constructor(private readonly shares: SharesService) {}

  @OnJob('location.end_share')
  async endShare({ share_id: id, expires_at: expiresAt }: JobData<'location.end_share'>) {
    await this.shares.endExpired(id, expiresAt);
  }
}
