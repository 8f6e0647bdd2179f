import { Injectable } from '@nestjs/common';

/** How far this process is on its way out. */
@Injectable()
export class Lifecycle {
  private state: 'serving' | 'draining' | 'closing' = 'serving';

  /** Readiness says no, so that whoever spreads the load sends new work elsewhere; what still comes is served. */
  get draining(): boolean {
    return this.state !== 'serving';
  }

  /** New requests are refused. */
  get closing(): boolean {
    return this.state === 'closing';
  }

  drain() {
    if (!this.draining) this.state = 'draining';
  }

  close() {
    this.state = 'closing';
  }
}
