const STEP_MS = 1;
const HOURS_AGO = 20; // not so long that their names could be forgotten already
const STEP_DEGREES = 1e-6;

/** Everybody's walk, each of its own: a thousand points a second, from some hours ago on, no moment twice. */
export class Tracks {
  #next = new Map();
  #begin = Date.now() - HOURS_AGO * 3_600_000;

  /** The next `count` points of somebody: what changes from one to the next, and what stays. */
  take(who, count) {
    const from = this.#next.get(who) ?? 0;
    this.#next.set(who, from + count);
    if (this.#begin + (from + count) * STEP_MS > Date.now()) throw new Error('a walk has come to its end, the present');
    return Array.from({ length: count }, (_, index) => ({
      latitude: 45 + ((from + index) % 100_000) * STEP_DEGREES,
      longitude: 14.3577,
      accuracy: 8,
      altitude: 560,
      speed: 1.4,
      heading: 92,
      recorded_at: new Date(this.#begin + (from + index) * STEP_MS).toISOString(),
    }));
  }
}
