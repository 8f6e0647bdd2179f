import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { DeliveryService } from 'src/modules/push/delivery.service';

@Injectable()
export class PushWorkers {
  constructor(private readonly delivery: DeliveryService) {}

  @OnJob('push.deliver')
  async deliver({ notification_id: id }: JobData<'push.deliver'>) {
    await this.delivery.deliver(id);
  }

  @OnJob('push.take_back')
  async takeBack({ notification_id: id }: JobData<'push.take_back'>) {
    await this.delivery.takeBack(id);
  }
}
