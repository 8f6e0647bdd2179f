import { Injectable } from '@nestjs/common';

/** Whether this process is on its way out: then it takes no new requests, and says so to whoever spreads the load. */
@Injectable()
export class Lifecycle {
  private leaving = false;

  get draining(): boolean {
    return this.leaving;
  }

  drain() {
    this.leaving = true;
  }
}
