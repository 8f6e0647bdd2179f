import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { DeliveryService } from 'src/modules/push/delivery.service';
import { TraceService } from 'src/modules/push/trace.service';
import { WithdrawalService } from 'src/modules/push/withdrawal.service';

@Injectable()
export class PushWorkers {
  constructor(
    private readonly delivery: DeliveryService,
    private readonly withdrawal: WithdrawalService,
    private readonly trace: TraceService,
  ) {}

  @OnJob('push.deliver')
  async deliver({ notification_ids: ids }: JobData<'push.deliver'>) {
    await this.delivery.deliver(ids);
  }

  @OnJob('push.take_back')
  async takeBack({ notification_ids: ids }: JobData<'push.take_back'>) {
    await this.withdrawal.takeBack(ids);
  }

  @OnJob('push.forget_old')
  async forgetOld() {
    await this.trace.forgetOld();
  }
}
