import { Injectable } from '@nestjs/common';
import { isOver } from 'src/modules/calls/calls.machine';
import { CallsRepository } from 'src/modules/calls/calls.repository';
import { NoticesService } from 'src/modules/chats/notices.service';

/** Says in chats what has become of their calls. */
@Injectable()
export class CallNotices {
  constructor(
    private readonly calls: CallsRepository,
    private readonly notices: NoticesService,
  ) {}

  /** Once for each call that is over, however often it is told to; nothing of calls without a chat. */
  async tell(callId: number): Promise<void> {
    const call = await this.calls.byId(callId);
    if (!call || call.chat_id === null || !isOver(call.status)) return;
    const { initiated_by: actor_id, call_type, status } = call;
    const about = { call_id: callId, call_type, status, duration: call.duration ?? 0 };
    await this.notices.say(call.chat_id, { event: 'call', actor_id, ...about }, `call:${callId}`);
  }
}
