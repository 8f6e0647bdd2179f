import { Injectable } from '@nestjs/common';

/** How far this process is on its way out. */
@Injectable()
export class Lifecycle {
  private state: 'serving' | 'draining' | 'closing' = 'serving';
  /** It is cut off from the other nodes (`Isolation`): clients are to go to those, until it is well again. */
  isolated = false;

  /** Readiness says no, so that whoever spreads the load sends new work elsewhere; what still comes is served. */
  get draining(): boolean {
    return this.state !== 'serving' || this.isolated;
  }

  /** New requests are refused. */
  get closing(): boolean {
    return this.state === 'closing';
  }

  drain() {
    if (this.state === 'serving') this.state = 'draining';
  }

  close() {
    this.state = 'closing';
  }
}
