import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { jobs, type JobName } from 'src/contracts';
import type { JobSpec, QueueName } from 'src/core/contract';
import { Handlers, requireOneHandlerEach, type Handler } from 'src/core/discovery/discovery';
import { eventHandlers } from 'src/core/events/bus';
import { DEFAULT_ATTEMPTS } from 'src/core/jobs/attempts';
import { JOB } from 'src/core/jobs/jobs';

const NO_ONES_QUEUE = 'events';

export interface DurableHandler {
  run: (payload: unknown) => unknown;
  queue: QueueName;
  attempts: number;
}

/** All that a worker can do: jobs by their names, durable fact handlers by their labels. Refuses to start with a gap. */
@Injectable()
export class WorkRegistry implements OnApplicationBootstrap {
  private readonly byName = new Map<string, DurableHandler>();

  constructor(private readonly handlers: Handlers) {}

  onApplicationBootstrap() {
    const jobHandlers = this.handlers.of(JOB);
    requireOneHandlerEach('job', Object.keys(jobs), jobHandlers);
    jobHandlers.forEach((handler) => this.byName.set(handler.name, this.job(handler)));
    for (const { label, run } of eventHandlers(this.handlers))
      this.byName.set(label, { run, queue: 'events', attempts: DEFAULT_ATTEMPTS });
  }

  get(name: string): DurableHandler | undefined {
    return this.byName.get(name);
  }

  /** Work without a handler goes to the `events`, where the runner puts it off, and parks it in the end. */
  queueOf(name: string): QueueName {
    return this.byName.get(name)?.queue ?? NO_ONES_QUEUE;
  }

  /** The queue of each handler; of any other name it is the second. */
  queues(): [Record<string, QueueName>, QueueName] {
    return [Object.fromEntries([...this.byName].map(([name, { queue }]) => [name, queue])), NO_ONES_QUEUE];
  }

  private job({ name, run }: Handler): DurableHandler {
    const { queue, data, attempts = DEFAULT_ATTEMPTS } = jobs[name as JobName] as JobSpec;
    return { run: (payload) => run(data.parse(payload)), queue, attempts };
  }
}
