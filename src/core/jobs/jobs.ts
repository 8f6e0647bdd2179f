import { Injectable } from '@nestjs/common';
import { jobs, type JobData, type JobName } from 'src/contracts';
import { Database } from 'src/core/database/database';
import { handlerDecorator } from 'src/core/discovery/discovery';
import { Outbox } from 'src/core/jobs/outbox';

export const JOB = Symbol('OnJob');

/** The method that does a job of the contract, in a worker, at least once. An `AppError` from it below 500 parks the job at once. */
export const OnJob = handlerDecorator<JobName>(JOB);

/** Thrown by a job that can't be done yet, through nobody's fault: it comes again as after a failure, without being told of as one. */
export class NotYet extends Error {}

/** Calls for work to be done in a worker. */
@Injectable()
export class Jobs {
  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
  ) {}

  /** Enqueues with the open transaction, or in one of its own; not before `delayMs` from now. */
  async enqueue<N extends JobName>(name: N, data: JobData<N>, options: { delayMs?: number } = {}): Promise<void> {
    await this.enqueueAll(name, [data], options);
  }

  /** Calls for work of which it may be called for already: that is not done twice, and is tried again if it was given up. */
  async enqueueMissing<N extends JobName>(name: N, data: JobData<N>[]): Promise<void> {
    if (!data.length) return;
    await this.db.tx(async () => {
      const isHere = await this.outbox.resume(
        name,
        data.map((one) => jobs[name].data.parse(one)),
      );
      await this.enqueueAll(
        name,
        data.filter((_, index) => !isHere[index]),
      );
    });
  }

  async enqueueAll<N extends JobName>(
    name: N,
    data: JobData<N>[],
    { delayMs }: { delayMs?: number } = {},
  ): Promise<void> {
    const work = data.map((one) => ({ handler: name, payload: jobs[name].data.parse(one), delayMs }));
    await this.db.tx(() => this.outbox.add(work));
  }
}
