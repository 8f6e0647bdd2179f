import { applyDecorators, Injectable, SetMetadata, type OnApplicationBootstrap } from '@nestjs/common';
import { facts, type Fact, type FactName } from 'src/contracts';
import { currentContext, type Context } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { handlerDecorator, Handlers, type Handler } from 'src/core/discovery/discovery';
import { LiveQueue } from 'src/core/events/live-queue';
import { Outbox } from 'src/core/jobs/outbox';
import { Untold } from 'src/core/realtime/untold';

const COMMIT = Symbol('OnCommit');
const TOLD = Symbol('told');
const EVENT = Symbol('OnEvent');

/**
 * In the process that wrote, right after the commit: for socket sends and caches. The method takes an array, in the order of the
 * commits: what gathered while its last run was under way comes together. A run that fails is tried once more.
 *
 * `told`, where `sync` would bring what it tells: the rooms of those whom it tells of a fact. They are told to `sync` if it fails again,
 * and if the answer to the commit was lost.
 */
export const OnCommit = <N extends FactName>(name: N, told?: (fact: Fact<N>) => string[]): MethodDecorator =>
  applyDecorators(SetMetadata(COMMIT, name), SetMetadata(TOLD, told));

/** In a worker, from the outbox, at least once, retried with back-off: for everything that must happen. */
export const OnEvent = handlerDecorator<FactName>(EVENT);

/** Methods that carry `@OnEvent`, for the one that runs them. */
export const eventHandlers = (handlers: Handlers) => handlers.of(EVENT);

/** States facts: durable handlers through the outbox, live ones after the commit. */
@Injectable()
export class Bus implements OnApplicationBootstrap {
  private readonly live = new Map<FactName, LiveQueue[]>();
  private readonly durable = new Map<FactName, string[]>();

  constructor(
    private readonly db: Database,
    private readonly outbox: Outbox,
    private readonly handlers: Handlers,
    private readonly untold: Untold,
  ) {}

  onApplicationBootstrap() {
    const [live, durable] = [this.handlers.of(COMMIT), eventHandlers(this.handlers)];
    const named = (all: Handler[], name: string) => all.filter((handler) => handler.name === name);
    for (const name of Object.keys(facts) as FactName[]) {
      this.live.set(
        name,
        named(live, name).map((handler) => new LiveQueue(handler, (facts) => this.lose(handler, facts))),
      );
      this.durable.set(
        name,
        named(durable, name).map(({ label }) => label),
      );
    }
  }

  /** States a fact within the transaction that makes it true, so that neither can exist without the other; throws without one. */
  async publish<N extends FactName>(name: N, payload: Fact<N>): Promise<void> {
    await this.publishAll(name, [{ payload, context: currentContext() }]);
  }

  /** The same for many callers' facts at once, each with the context it came from. They are kept when the transaction has committed. */
  publishAll<N extends FactName>(name: N, stated: { payload: Fact<N>; context: Context }[]): Promise<void> {
    if (!this.db.inTransaction) return Promise.reject(new Error(`${name} published outside a transaction`));
    const parsed = stated.map(({ payload, context }) => ({ payload: facts[name].parse(payload) as Fact<N>, context }));
    const labels = this.durable.get(name) ?? [];
    this.outbox.add(
      parsed.flatMap(({ payload, context }) => labels.map((handler) => ({ handler, payload, origin: context }))),
    );
    const queues = this.live.get(name) ?? [];
    this.db.onCommit(
      () => queues.forEach((queue) => queue.push(parsed)),
      () => queues.forEach((queue) => queue.doubt(parsed)),
    );
    return Promise.resolve();
  }

  private lose({ method }: Handler, lost: unknown[]) {
    const told = Reflect.getOwnMetadata(TOLD, method) as ((fact: unknown) => string[]) | undefined;
    if (told) this.untold.in(lost.flatMap(told));
  }

  /** Waits until the live handlers have nothing left to do: for shutdown and tests. */
  async settle(): Promise<void> {
    await Promise.all([...this.live.values()].flat().map((queue) => queue.idle));
  }
}
