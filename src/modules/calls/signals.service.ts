import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { RateLimits } from 'src/core/http/rate-limits';
import { Realtime } from 'src/core/realtime/realtime';
import { room } from 'src/core/redis/keys';
import { CallNotFound, NotInCall, PersonNotInCall } from 'src/modules/calls/calls.errors';
import { CallsRepository } from 'src/modules/calls/calls.repository';
import type { Signal } from 'src/modules/calls/signals.dto';

/** Enough to connect with a full call at once, and to do it again; a flood it is not. */
const RATE = { name: 'call_signal', points: 500, seconds: 10 };

/** Carries what peers tell each other to make their connection, from the device of one to the device of the other. */
@Injectable()
export class SignalsService {
  constructor(
    private readonly calls: CallsRepository,
    private readonly limits: RateLimits,
    private readonly realtime: Realtime,
  ) {}

  /** Throws unless both take part in the call, the sender with this device. */
  async relay(user: Principal, callId: number, toUserId: string, signal: Signal): Promise<void> {
    await this.limits.consume(RATE, user.userId);
    const devices = await this.calls.devices(callId, [user.userId, toUserId]);
    const own = devices.get(user.userId);
    if (own === undefined) throw CallNotFound({ call_id: callId });
    if (own !== user.sessionId) throw NotInCall({ call_id: callId });
    const other = devices.get(toUserId);
    if (!other || toUserId === user.userId) throw PersonNotInCall({ user_id: toUserId });
    const body = { call_id: callId, from_user_id: user.userId, signal };
    this.realtime.toRoom(room('session', other), 'call_signal', body);
  }
}
