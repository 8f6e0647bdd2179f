import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { DeliveryService } from 'src/modules/push/delivery.service';
import { DevicesService } from 'src/modules/push/devices.service';
import { StandingService } from 'src/modules/push/standing.service';
import { TraceService } from 'src/modules/push/trace.service';
import { WithdrawalService } from 'src/modules/push/withdrawal.service';

@Injectable()
export class PushWorkers {
  constructor(
    private readonly delivery: DeliveryService,
    private readonly withdrawal: WithdrawalService,
    private readonly trace: TraceService,
    private readonly standing: StandingService,
    private readonly devices: DevicesService,
  ) {}

  @OnJob('push.deliver')
  async deliver({ notification_ids: ids }: JobData<'push.deliver'>) {
    await this.delivery.deliver(ids);
  }

  @OnJob('push.take_back')
  async takeBack({ notification_ids: ids }: JobData<'push.take_back'>) {
    await this.withdrawal.takeBack(ids);
  }

  /** Between whom there is a block nothing is left of what they were told of each other, but of what they wrote. */
  @OnEvent('user.blocked')
  async forgetEachOther({ user_id: userId, other_id: otherId }: Fact<'user.blocked'>) {
    await this.standing.reconsider(userId, { userId: otherId });
    await this.standing.reconsider(otherId, { userId });
  }

  @OnEvent('session.ended')
  async forgetDevices({ session_id: sessionId }: Fact<'session.ended'>) {
    await this.devices.forgetOfSession(sessionId);
  }

  @OnJob('push.forget_old')
  async forgetOld() {
    await this.trace.forgetOld();
  }
}
