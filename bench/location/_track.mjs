const STEP_MS = 20;
const HOURS_AGO = 20;
const STEP_DEGREES = 1e-6;

/** Everybody's walk, each of its own: fifty points a second, from some hours ago on, no moment twice. */
export class Tracks {
  #next = new Map();
  #begin = Date.now() - HOURS_AGO * 3_600_000;

  /** The next `count` points of somebody: what changes from one to the next, and what stays. */
  take(who, count) {
    const from = this.#next.get(who) ?? 0;
    this.#next.set(who, from + count);
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
