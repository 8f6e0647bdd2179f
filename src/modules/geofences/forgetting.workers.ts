import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { ForgettingService } from 'src/modules/geofences/forgetting.service';
import { PushService } from 'src/modules/push/push.service';

@Injectable()
export class ForgettingWorkers {
  constructor(
    private readonly forgetting: ForgettingService,
    private readonly push: PushService,
  ) {}

  @OnEvent('location.history_deleted')
  async forgetSpan({ user_id: userId, start, end }: Fact<'location.history_deleted'>) {
    await this.forgetting.forgetSpan(userId, start === null ? null : new Date(start), new Date(end));
    // nor is anybody else left with what he was told of it
    await this.push.reconsider(userId, { name: 'geofence' });
  }

  @OnJob('geofence.forget_events')
  async forgetOld() {
    await this.forgetting.forgetOld();
  }
}
