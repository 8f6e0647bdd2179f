import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { CallsService } from 'src/modules/calls/calls.service';
import { RingingService } from 'src/modules/calls/ringing.service';
import { RollCallService } from 'src/modules/calls/roll-call.service';

@Injectable()
export class CallsWorkers {
  constructor(
    private readonly calls: CallsService,
    private readonly ringing: RingingService,
    private readonly rollCall: RollCallService,
  ) {}

  @OnJob('calls.time_out')
  async timeOut({ call_id: id }: JobData<'calls.time_out'>) {
    await this.calls.timeOut(id);
  }

  @OnJob('calls.roll_call')
  async callRoll() {
    await this.rollCall.call();
  }

  @OnEvent('call.invited')
  async wake({ call_id: id, user_ids: userIds }: Fact<'call.invited'>) {
    await this.ringing.wake(id, userIds);
  }

  @OnEvent('call.quieted')
  async quieten({ call_id: id, user_ids: userIds }: Fact<'call.quieted'>) {
    await this.ringing.quieten(id, userIds);
  }

  @OnEvent('user.blocked')
  async endBetween({ user_id: one, other_id: other }: Fact<'user.blocked'>) {
    await this.calls.endBetween(one, other);
  }
}
