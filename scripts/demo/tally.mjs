/**
 * What was asked for and what came, of one kind. Each thing has a key and is noted before it is asked for, since it may
 * come before the asker learns that all went well.
 */
export class Tally {
  #asked = new Map();
  #owed = new Set();
  #seen = new Map();

  /** How many things were sent, if that is to be told: each may be owed to several people. */
  sent;
  /** Milliseconds from asking to coming, unless asking and looking are apart anyway. */
  latencies = [];
  #timed;

  constructor(name, { timed = true } = {}) {
    this.name = name;
    this.#timed = timed;
  }

  /** One more thing is sent. */
  send() {
    this.sent = (this.sent ?? 0) + 1;
  }

  /** Something may come now. */
  ask(key) {
    this.#asked.set(key, performance.now());
  }

  /** Something must come. */
  owe(key) {
    this.ask(key);
    this.#owed.add(key);
  }

  /** Something need not come any more, but still may: what came instead says the same. */
  excuse(key) {
    if (!this.#seen.has(key)) this.#owed.delete(key);
  }

  /** Something came. `since`: when what it answers was sent, if that was not when it was asked for. */
  see(key, since = this.#asked.get(key)) {
    const times = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, times);
    if (this.#timed && times === 1 && since !== undefined) this.latencies.push(performance.now() - since);
  }

  get owed() {
    return this.#owed.size;
  }

  /** Whether more may come than is owed. */
  get open() {
    return this.#asked.size > this.#owed.size;
  }

  get arrived() {
    return [...this.#asked.keys()].filter((key) => this.#seen.has(key)).length;
  }

  /** Keys of what was owed and did not come. */
  get missing() {
    return [...this.#owed].filter((key) => !this.#seen.has(key));
  }

  /** Keys of what came more than once, and of what nobody asked for. */
  get surplus() {
    return [...this.#seen].filter(([key, times]) => times > 1 || !this.#asked.has(key)).map(([key]) => key);
  }
}

/** The nearest-rank percentile, 0 < p <= 100, of some numbers; undefined of none. */
export function percentile(numbers, p) {
  return numbers.toSorted((a, b) => a - b)[Math.ceil((p / 100) * numbers.length) - 1];
}
