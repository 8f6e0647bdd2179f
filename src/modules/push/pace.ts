import { SEND_LEASE_SECONDS, type Outcome } from 'src/modules/push/push.transport';

/** What has not begun by then is left for later, so that all answers are there before the lease ends. */
const START_WITHIN_MS = (SEND_LEASE_SECONDS - 12) * 1000;
/** The longest that one request may take. */
export const LONGEST_REQUEST_MS = 10_000;

/** Sends one push each, at most `atOnce` at a time, and none to a provider that has asked for a pause. */
export class Pace {
  private readonly paused = new Map<string, number>();

  constructor(private readonly atOnce: number) {}

  /** `providerOf` names who takes an item; outcomes come in the order of the items. */
  async send<Item>(
    items: Item[],
    providerOf: (item: Item) => string,
    send: (item: Item) => Promise<Outcome>,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const end = performance.now() + START_WITHIN_MS;
    let next = 0;
    const line = async () => {
      for (let index = next++; index < items.length; index = next++) {
        const item = items[index]!;
        outcomes[index] = this.held(providerOf(item), end) ?? (await send(item));
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.atOnce, items.length) }, line));
    return outcomes;
  }

  /** The provider wants to be left alone. */
  pause(provider: string, ms: number) {
    this.paused.set(provider, Math.max(this.paused.get(provider) ?? 0, performance.now() + ms));
  }

  private held(provider: string, end: number): Outcome | undefined {
    const now = performance.now();
    if (now > end) return { is: 'later', why: 'out of time' };
    const until = this.paused.get(provider);
    if (until === undefined) return undefined;
    if (until > now) return { is: 'later', why: 'the provider asked for a pause', afterMs: until - now };
    this.paused.delete(provider);
    return undefined;
  }
}
