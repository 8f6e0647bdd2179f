const SHOWN_AFTER_MS = 1_000;
const REPEATED_AFTER_MS = 15_000;

/**
 * Tells what takes its time. In a terminal a running step counts its seconds on one line; elsewhere it is named when it
 * lasts longer than a second, and again now and then. Quick steps say nothing.
 */
export class Progress {
  #out;

  constructor(out = process.stdout) {
    this.#out = out;
  }

  async step(label, work) {
    const start = Date.now();
    const seconds = () => `${((Date.now() - start) / 1000).toFixed(0)} s`;
    const stop = this.#out.isTTY ? this.#count(label, seconds) : this.#repeat(label, seconds);
    try {
      const result = await work();
      stop();
      if (Date.now() - start >= SHOWN_AFTER_MS) this.#out.write(`✓ ${label} (${seconds()})\n`);
      return result;
    } catch (error) {
      stop();
      throw error;
    }
  }

  #count(label, seconds) {
    const erase = () => this.#out.write('\r\x1b[K');
    const draw = () => this.#out.write(`\r\x1b[K… ${label} ${seconds()}`);
    draw();
    const timer = setInterval(draw, 1_000);
    return () => {
      clearInterval(timer);
      erase();
    };
  }

  #repeat(label, seconds) {
    const first = setTimeout(() => this.#out.write(`… ${label}\n`), SHOWN_AFTER_MS);
    const timer = setInterval(() => this.#out.write(`… ${label} ${seconds()}\n`), REPEATED_AFTER_MS);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
    };
  }
}
