import { outsideContext } from 'src/core/context/context';

/**
 * Lets those who come one upon another go on together, `everyMs` apart, so that what is asked for each of them can be asked for all at
 * once. Who comes alone does not wait.
 */
export class Waves {
  private waiting: (() => void)[] = [];
  private nextAt = 0;

  constructor(private readonly everyMs: number) {}

  /** Settles at once, or with the next wave. */
  join(): Promise<void> {
    return new Promise((resolve) => {
      if (this.waiting.push(resolve) > 1) return;
      const left = this.nextAt - performance.now();
      if (left <= 0) this.go();
      else outsideContext(() => setTimeout(() => this.go(), left));
    });
  }

  private go() {
    const wave = this.waiting;
    this.waiting = [];
    this.nextAt = performance.now() + this.everyMs;
    for (const goOn of wave) goOn();
  }
}
