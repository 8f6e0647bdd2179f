import { Unavailable } from 'src/core/errors/common.errors';

/** Lets so many through at once; more wait in line, and when the line is full, or too slow, they are told to come back later. */
export class Gate {
  private inside = 0;
  private readonly line = new Set<() => void>();

  constructor(private readonly limits: { atOnce: number; waiting: number; patienceMs: number }) {}

  /** Throws `unavailable` when too many wait, or somebody for too long. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.limits.atOnce) await this.wait();
    else this.inside++;
    try {
      return await work();
    } finally {
      const [next] = this.line;
      // whoever leaves hands over his place
      if (next) next();
      else this.inside--;
    }
  }

  private wait(): Promise<void> {
    if (this.line.size >= this.limits.waiting) throw Unavailable();
    return new Promise((resolve, reject) => {
      const leave = (then: () => void) => {
        clearTimeout(late);
        this.line.delete(go);
        then();
      };
      const go = () => leave(resolve);
      const late = setTimeout(() => leave(() => reject(Unavailable())), this.limits.patienceMs);
      this.line.add(go);
    });
  }
}
