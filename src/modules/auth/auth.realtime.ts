import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';

@Injectable()
export class AuthRealtime {
  constructor(private readonly realtime: Realtime) {}

  @OnCommit('session.ended')
  ended(sessions: Fact<'session.ended'>[]) {
    for (const { session_id: sessionId, reason } of sessions) this.realtime.endSession(sessionId, reason);
  }
}
