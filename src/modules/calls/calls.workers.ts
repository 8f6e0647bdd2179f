import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { CallNotices } from 'src/modules/calls/call-notices.service';
import { DeparturesService } from 'src/modules/calls/departures.service';
import { RingingService } from 'src/modules/calls/ringing.service';
import { RollCallService } from 'src/modules/calls/roll-call.service';

@Injectable()
export class CallsWorkers {
  constructor(
    private readonly departures: DeparturesService,
    private readonly notices: CallNotices,
    private readonly ringing: RingingService,
    private readonly rollCall: RollCallService,
  ) {}

  @OnJob('calls.time_out')
  async timeOut({ call_id: id }: JobData<'calls.time_out'>) {
    await this.departures.timeOut(id);
  }

  @OnJob('calls.wake_unheard')
  async wakeUnheard({ call_id: id, user_ids: userIds, device_ids: deviceIds }: JobData<'calls.wake_unheard'>) {
    await this.ringing.wakeUnheard(id, userIds, deviceIds);
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
  async quieten({ call_id: id, user_ids: userIds, unheard = [] }: Fact<'call.quieted'>) {
    await this.ringing.quieten(id, userIds, unheard);
  }

  @OnEvent('user.blocked')
  async endBetween({ user_id: one, other_id: other }: Fact<'user.blocked'>) {
    await this.departures.endBetween(one, other);
  }

  @OnEvent('chat.left')
  async leaveChat({ chat_id: chatId, user_ids: userIds }: Fact<'chat.left'>) {
    await this.departures.leaveChat(chatId, userIds);
  }

  @OnEvent('session.ended')
  async leaveWith({ session_id: sessionId }: Fact<'session.ended'>) {
    await this.departures.leaveWith(sessionId);
  }

  @OnEvent('call.finished')
  async tellChat({ call_id: id }: Fact<'call.finished'>) {
    await this.notices.tell(id);
  }
}
