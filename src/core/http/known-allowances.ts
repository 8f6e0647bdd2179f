import type { RateLimitRule } from 'src/core/http/decorators';

/** Of whose allowance by which rule one is taken. */
export interface Take {
  rule: RateLimitRule;
  caller: string;
}

/** An allowance after one was taken from it, if there was one. */
export interface Taken {
  allowed: boolean;
  remainingPoints: number;
  msBeforeNext: number;
}

interface Known {
  /** After the last answer, which holds until then. */
  left: number;
  until: number;
  /** Asked for, and not answered yet. */
  asked: number;
}

/** Far more than take something in a few seconds; beyond that all are forgotten, and waited for once more. */
const MOST = 20_000;

/**
 * What this process has heard of allowances last. Nobody waits for one of which more than half was left, less what was asked for since.
 * If others have taken it meanwhile at other nodes, it is overdrawn until the next answer comes: by less than half at each node.
 */
export class KnownAllowances {
  private readonly known = new Map<string, Known>();

  /** Whether there is plenty of each, as of now; then `taking` is only heard for the next time. It must not reject. */
  arePlenty(takes: Take[], taking: Promise<Taken[]>): boolean {
    const now = performance.now();
    const each = takes.map((take) => this.of(take));
    const plenty = takes.every(({ rule }, index) => {
      const { left, until, asked } = each[index]!;
      return now < until && left - asked > rule.points / 2;
    });
    each.forEach((one) => one.asked++);
    void taking.then((taken) => each.forEach((one, index) => hear(one, taken[index])));
    return plenty;
  }

  private of({ rule, caller }: Take): Known {
    const key = `${rule.name} ${caller}`;
    let known = this.known.get(key);
    if (!known) {
      if (this.known.size >= MOST) this.known.clear();
      this.known.set(key, (known = { left: 0, until: 0, asked: 0 }));
    }
    return known;
  }
}

/** What is behind a refusal was not taken, and nothing is told of it. */
function hear(known: Known, taken?: Taken) {
  known.asked--;
  if (!taken) return;
  known.left = taken.remainingPoints;
  known.until = performance.now() + taken.msBeforeNext;
}
