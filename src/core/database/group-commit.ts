import { outsideContext } from 'src/core/context/context';

export type Outcome<Result> = { ok: true; value: Result } | { ok: false; error: Error };

interface Waiting<Item, Result> {
  item: Item;
  settle: (outcome: Outcome<Result>) => void;
  since: number;
}

/** Who has waited so long for a batch that failed is not made to wait for another one, which may take as long to fail. */
const PATIENCE_MS = 500;

/**
 * Gathers concurrent small writes into one transaction, or reads into one statement: those of one turn of the event loop, and while a
 * batch is under way, the next one fills. No timer, so a lone write does not wait. Each caller gets his own outcome, and only after the commit.
 *
 * `commit` answers with one outcome for each item, in order. If it throws because of the data of one item, the batch is split
 * until the culprit stands alone; any other failure is everyone's, and theirs who have waited for that batch for long: so it takes
 * nobody much more than the time-out of one to hear that the database is away.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private committing = false;
  private unsettled?: () => void;

  constructor(
    private readonly commit: (items: Item[]) => Promise<Outcome<Result>[]>,
    private readonly limits = { batch: 512, queue: 20_000 },
  ) {}

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.isFull) return reject(new QueueFull());
      this.enqueue(item, (outcome) => (outcome.ok ? resolve(outcome.value) : reject(outcome.error)));
    });
  }

  /** Many writes of one caller: an outcome for each, in order, when all are through. They may need more than one commit, the first first. */
  submitAll(items: Item[]): Promise<Outcome<Result>[]> {
    if (!items.length) return Promise.resolve([]);
    if (this.isFull) return Promise.reject(new QueueFull());
    return new Promise((resolve) => {
      const outcomes = new Array<Outcome<Result>>(items.length);
      let left = items.length;
      const settle = (place: number) => (outcome: Outcome<Result>) => {
        outcomes[place] = outcome;
        if (--left === 0) resolve(outcomes);
      };
      items.forEach((item, place) => this.enqueue(item, settle(place)));
    });
  }

  private get isFull(): boolean {
    return this.waiting.length >= this.limits.queue;
  }

  private enqueue(item: Item, settle: (outcome: Outcome<Result>) => void) {
    this.waiting.push({ item, settle, since: performance.now() });
    if (this.committing) return;
    this.committing = true;
    outsideContext(() => setImmediate(() => void this.drain()));
  }

  private async drain() {
    while (this.waiting.length) await this.run(this.waiting.splice(0, this.limits.batch));
    this.committing = false;
  }

  private async run(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const outcomes = await this.commit(batch.map(({ item }) => item));
      this.settle(batch, outcomes);
    } catch (error) {
      if (batch.length > 1 && blamesData(error)) {
        const middle = Math.ceil(batch.length / 2);
        await this.run(batch.slice(0, middle));
        await this.run(batch.slice(middle));
      } else {
        const refused = [...batch, ...this.takeImpatient()];
        this.settle(
          refused,
          refused.map(() => ({ ok: false, error: error as Error })),
        );
      }
    }
  }

  /** They came in the order in which they wait. */
  private takeImpatient(): Waiting<Item, Result>[] {
    const latest = performance.now() - PATIENCE_MS;
    const patient = this.waiting.findIndex(({ since }) => since > latest);
    return this.waiting.splice(0, patient < 0 ? this.waiting.length : patient);
  }

  /** Who waits for the next batch waits less if it is on its way before these go on: then the database and this process work side by side. */
  private settle(batch: Waiting<Item, Result>[], outcomes: Outcome<Result>[]) {
    this.settleLast();
    this.unsettled = () => batch.forEach(({ settle }, index) => settle(outcomes[index]!));
    if (this.waiting.length) setImmediate(() => this.settleLast());
    else this.settleLast();
  }

  /** Those of the last batch go on, before any of the next does. */
  private settleLast() {
    const settle = this.unsettled;
    this.unsettled = undefined;
    settle?.();
  }
}

/**
 * What is asked at once is asked together: `work` gets the keys of one turn of the event loop, or those that came while it was under
 * way, and gives a value for each, in order.
 */
export function gathered<Key, Value>(work: (keys: Key[]) => Promise<Value[]>): (key: Key) => Promise<Value> {
  const group = new GroupCommit<Key, Value>(async (keys) => (await work(keys)).map((value) => ({ ok: true, value })));
  return (key) => group.submit(key);
}

/** More writes wait than can be committed in a reasonable time; the caller should come back later. */
export class QueueFull extends Error {
  constructor() {
    super('too many writes are waiting');
    this.name = 'QueueFull';
  }
}

/** SQLSTATE classes 22 (data exception) and 23 (constraint violation): one row is at fault, not the database. */
const blamesData = (error: unknown) => /^2[23]/.test((error as { code?: string }).code ?? '');
