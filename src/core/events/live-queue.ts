import { Logger } from '@nestjs/common';
import { runInContext, type Context } from 'src/core/context/context';
import type { Handler } from 'src/core/discovery/discovery';

/** What a handler is told, and the context it comes from. */
export interface Stated {
  payload: unknown;
  context: Context;
}

/**
 * Runs one live handler, one call at a time, so that what it sends keeps its order; what gathers meanwhile comes together. A call that
 * fails is made once more, as when a connection to PostgreSQL was broken; if it fails again, what it was to tell is given to `lose`.
 */
export class LiveQueue {
  /** Settles when nothing is left to do. */
  idle: Promise<void> = Promise.resolve();
  private readonly logger = new Logger('LiveQueue');
  private waiting: Stated[] = [];
  private running = false;

  constructor(
    private readonly handler: Handler,
    private readonly lose: (payloads: unknown[]) => void = () => undefined,
  ) {}

  push(stated: Stated[]) {
    this.waiting.push(...stated);
    if (!this.running) this.idle = this.drain();
  }

  /** Nobody can say whether it is true. */
  doubt(stated: Stated[]) {
    for (const { payload, context } of stated) runInContext(context, () => this.lose([payload]));
  }

  private async drain() {
    this.running = true;
    while (this.waiting.length) {
      const batch = this.ofOneTenant();
      const { tenantId, traceId, language } = batch[0]!.context;
      const payloads = batch.map(({ payload }) => payload);
      await runInContext({ tenantId, traceId, language }, () => this.tell(payloads));
    }
    this.running = false;
  }

  private async tell(payloads: unknown[]) {
    const { label, run } = this.handler;
    try {
      await run(payloads);
    } catch (error) {
      this.logger.warn(`${label} failed, and is tried again: ${(error as Error).message}`);
      try {
        await run(payloads);
      } catch (again) {
        this.logger.error(`${label} failed`, again);
        this.lose(payloads);
      }
    }
  }

  /** Takes the longest beginning that one context can serve: the names of rooms and keys hold the tenant. */
  private ofOneTenant(): Stated[] {
    const { tenantId } = this.waiting[0]!.context;
    const end = this.waiting.findIndex(({ context }) => context.tenantId !== tenantId);
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }
}
