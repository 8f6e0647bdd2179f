import { setTimeout } from 'node:timers/promises';
import { outsideContext } from 'src/core/context/context';
import { retryAfter } from 'src/core/jobs/attempts';

const REST_MS = 5000;

/** How long an errand rests that was done, or has failed so many times one after the other; `drawn` is from 0 to 1. */
export const restAfter = (failures: number, drawn?: number): number =>
  failures ? Math.min(REST_MS, retryAfter(failures, drawn)) : REST_MS;

/**
 * Something that is done when it is asked for, and then not again for some seconds: what is asked for meanwhile is done once, after those.
 * `run` says whether it is done; if not, it is tried again, soon and then ever later, up to every few seconds.
 */
export class Errand {
  private isAsked = false;
  private isBusy = false;
  private isClosed = false;

  constructor(private readonly run: () => Promise<boolean>) {}

  /** At once, unless it has just been done. */
  ask() {
    this.isAsked = true;
    if (!this.isBusy) outsideContext(() => void this.work());
  }

  /** What has begun ends, and nothing else begins. */
  close() {
    this.isClosed = true;
  }

  private async work() {
    this.isBusy = true;
    let failures = 0;
    while (this.isAsked && !this.isClosed) {
      this.isAsked = false;
      const isDone = await this.run();
      this.isAsked ||= !isDone;
      failures = isDone ? 0 : failures + 1;
      await setTimeout(restAfter(failures), undefined, { ref: false });
    }
    this.isBusy = false;
  }
}
