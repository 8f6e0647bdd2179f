import { Injectable } from '@nestjs/common';
import { OnJob } from 'src/core/jobs/jobs';
import { Presence } from 'src/core/realtime/presence';

@Injectable()
export class PresenceWorkers {
  constructor(private readonly presence: Presence) {}

  @OnJob('presence.sweep')
  async sweep() {
    await this.presence.sweep();
  }
}
