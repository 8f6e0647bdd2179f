import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { BroadcastRun } from 'src/modules/push/broadcasts.run';
import { StillTold, type Standing, type Told } from 'src/modules/push/standing.service';

@Injectable()
export class BroadcastsWorkers {
  constructor(private readonly run: BroadcastRun) {}

  @OnJob('push.broadcast')
  step({ part_id: partId, after }: JobData<'push.broadcast'>): Promise<void> {
    return this.run.step(partId, after);
  }

  @StillTold('broadcast')
  async stillTold(told: Told[]): Promise<Standing[]> {
    const ids = told.map(({ of }) => Number(of));
    const statuses = await this.run.statusesOf([...new Set(ids)]);
    return ids.map((id) => {
      const status = statuses.get(id);
      return status === 'paused' ? 'waits' : status === 'running' || status === 'done' ? 'stands' : 'over';
    });
  }

  @OnJob('push.resume_broadcasts')
  resumeStalled(): Promise<void> {
    return this.run.resumeStalled();
  }
}
