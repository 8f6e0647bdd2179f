import { setTimeout } from 'node:timers/promises';
import { outsideContext } from 'src/core/context/context';

const REST_MS = 5000;
const AGAIN_MS = 1000;

/**
 * Something that is done when it is asked for, and then not again for some seconds: what is asked for meanwhile is done once, after those.
 * `run` says whether it is done; if not, it is tried again every second.
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
    while (this.isAsked && !this.isClosed) {
      this.isAsked = false;
      const isDone = await this.run();
      this.isAsked ||= !isDone;
      await setTimeout(isDone ? REST_MS : AGAIN_MS, undefined, { ref: false });
    }
    this.isBusy = false;
  }
}
