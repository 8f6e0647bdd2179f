import { Injectable } from '@nestjs/common';
import type { RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { OnRequest } from 'src/core/realtime/requests';
import { CallsService } from 'src/modules/calls/calls.service';
import { DiallingService } from 'src/modules/calls/dialling.service';
import { SignalsService } from 'src/modules/calls/signals.service';

/** What people do in calls over their sockets: the same as over HTTP, and signalling. */
@Injectable()
export class CallsRealtime {
  constructor(
    private readonly dialling: DiallingService,
    private readonly calls: CallsService,
    private readonly signals: SignalsService,
  ) {}

  @OnRequest('call_initiated')
  async initiate(user: Principal, body: RequestBody<'call_initiated'>) {
    return (await this.dialling.initiate(user, body)).call;
  }

  @OnRequest('call_ringing')
  ring(user: Principal, { call_id: id }: RequestBody<'call_ringing'>) {
    return this.calls.ring(user, id);
  }

  @OnRequest('call_answered')
  answer(user: Principal, { call_id: id, accept, ...media }: RequestBody<'call_answered'>) {
    return accept ? this.calls.answer(user, id, media) : this.calls.refuse(user, id);
  }

  @OnRequest('call_declined')
  decline(user: Principal, { call_id: id, ...body }: RequestBody<'call_declined'>) {
    return this.calls.decline(user, id, body);
  }

  @OnRequest('call_ended')
  end(user: Principal, { call_id: id, ...body }: RequestBody<'call_ended'>) {
    return this.calls.end(user, id, body);
  }

  @OnRequest('call_participant_joined')
  join(user: Principal, { call_id: id, ...media }: RequestBody<'call_participant_joined'>) {
    return this.calls.join(user, id, media);
  }

  @OnRequest('call_participant_left')
  leave(user: Principal, { call_id: id }: RequestBody<'call_participant_left'>) {
    return this.calls.end(user, id, { for_all: false });
  }

  @OnRequest('call_participant_updated')
  update(user: Principal, { call_id: id, ...change }: RequestBody<'call_participant_updated'>) {
    return this.calls.update(user, id, change);
  }

  @OnRequest('call_signal')
  async signal(user: Principal, { call_id, to_user_id, signal }: RequestBody<'call_signal'>) {
    await this.signals.relay(user, call_id, to_user_id, signal);
    return { call_id };
  }
}
