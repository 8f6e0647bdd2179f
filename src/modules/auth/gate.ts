import { Unavailable } from 'src/core/errors/common.errors';

/** Lets so many through at once; more wait in line, and when the line is full they are told to come back later. */
export class Gate {
  private inside = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly limits: { atOnce: number; waiting: number }) {}

  /** Throws `unavailable` when too many wait. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.limits.atOnce) {
      if (this.line.length >= this.limits.waiting) throw Unavailable();
      // whoever leaves hands over his place
      await new Promise<void>((resolve) => this.line.push(resolve));
    } else this.inside++;
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next) next();
      else this.inside--;
    }
  }
}
