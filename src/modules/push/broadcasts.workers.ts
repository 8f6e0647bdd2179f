import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { BroadcastRun } from 'src/modules/push/broadcasts.run';

@Injectable()
export class BroadcastsWorkers {
  constructor(private readonly run: BroadcastRun) {}

  @OnJob('push.broadcast')
  step({ part_id: partId, after }: JobData<'push.broadcast'>): Promise<void> {
    return this.run.step(partId, after);
  }

  @OnJob('push.resume_broadcasts')
  resumeStalled(): Promise<void> {
    return this.run.resumeStalled();
  }
}
