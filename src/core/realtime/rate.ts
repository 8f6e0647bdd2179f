/** So many at once, and then so many a second. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/** A bucket of `burst` tokens that fills at `perSecond`: bounds events without any timer. */
export class TokenBucket {
  private tokens: number;
  private filledAt = performance.now();

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** Takes one; false if there is none. */
  take(): boolean {
    const now = performance.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledAt) / 1000) * this.perSecond);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}

/**
 * A bucket for each of many, kept no longer than it may be other than full. Who has none gets a full one, so coming back fills nobody's:
 * what nobody took from for as long as filling takes is forgotten, at the next taking after that time has passed.
 */
export class TokenBuckets {
  private recent = new Map<string, TokenBucket>();
  /** Those that nobody took from since the last turn. */
  private older = new Map<string, TokenBucket>();
  private turnedAt = performance.now();
  private readonly fillingMs: number;

  constructor(private readonly rate: Rate) {
    this.fillingMs = (rate.burst / rate.perSecond) * 1000;
  }

  /** Takes one of `whose`; false if there is none. */
  take(whose: string): boolean {
    this.turn();
    let bucket = this.recent.get(whose);
    if (!bucket) {
      bucket = this.older.get(whose) ?? new TokenBucket(this.rate.perSecond, this.rate.burst);
      this.recent.set(whose, bucket);
    }
    return bucket.take();
  }

  /** How many are kept. */
  get size(): number {
    return new Set([...this.recent.keys(), ...this.older.keys()]).size;
  }

  private turn() {
    const now = performance.now();
    if (now - this.turnedAt < this.fillingMs) return;
    this.older = now - this.turnedAt < 2 * this.fillingMs ? this.recent : new Map<string, TokenBucket>();
    this.recent = new Map();
    this.turnedAt = now;
  }
}
