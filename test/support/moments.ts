import type { Pool, PoolClient } from 'pg';
import { waiting } from 'test/support/barrier';
import type { TestApp } from 'test/support/boot';
import { until } from 'test/support/until';

type Ask = (...asked: unknown[]) => unknown;

/** The moments between the statements that a node sends: something else is let happen in one of them. */
export class Moments {
  /** How many statements pass before one has to wait; none has to, if undefined. */
  private passing?: number;
  private meanwhile?: () => Promise<void>;
  /** What the statements wait for. */
  private held?: Promise<void>;

  constructor(
    node: TestApp,
    /** That can be asked meanwhile. */
    private readonly another: TestApp,
  ) {
    const { master } = node.db.source.driver as unknown as { master: Pool & { _clients: PoolClient[] } };
    master._clients.forEach((client) => this.watch(client));
    master.on('connect', (client) => this.watch(client));
  }

  /**
   * Lets `other` happen when `action` has sent `passing` statements and is about to send the next; that is sent when `other` is done, or waits
   * for a lock of what `action` has done. Without the second result if `action` has sent no more than these.
   */
  async during<T, U>(passing: number, action: () => Promise<T>, other: () => Promise<U>): Promise<[T, U?]> {
    let second: Promise<U> | undefined;
    this.held = undefined;
    this.passing = passing;
    this.meanwhile = async () => {
      let isDone = false;
      second = other().finally(() => (isDone = true));
      second.catch(() => undefined);
      await until('it is done or waits', async () => isDone || (await waiting(this.another)) > 0);
    };
    try {
      const first = await action();
      return second ? [first, await second] : [first];
    } finally {
      this.passing = undefined;
    }
  }

  private watch(client: PoolClient) {
    const ask = client.query.bind(client) as Ask;
    let last: Promise<unknown> | undefined;
    const hold = (...asked: unknown[]) => {
      const [statement] = asked as [string | { text: string }];
      const text = typeof statement === 'string' ? statement : statement.text;
      // it travels with what comes next
      const isBeginning = text.startsWith('START TRANSACTION');
      if (this.passing !== undefined && !isBeginning && this.passing-- === 0) this.held = this.meanwhile!();
      if (!this.held) return ask(...asked);
      // in their order, though none waits for those before
      const sent = Promise.all([this.held, last]).then(() => ({ answer: ask(...asked) }));
      last = sent;
      return sent.then(({ answer }) => answer);
    };
    client.query = hold as typeof client.query;
  }
}
