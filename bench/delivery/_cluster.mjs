import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { retry } from '../../scripts/lib/waiting.mjs';
import { ask } from './_world.mjs';

const BACK_PATIENCE_MS = 60_000;
/** The proxy looks every two seconds who is there (`deploy/haproxy.cfg`); whoever rolls on sooner takes the last node away. */
const SETTLING_MS = 3_000;

/** A cluster of `scripts/cluster.mjs`, whose processes come back by themselves, and what may happen to it. */
export class ClusterWorld {
  #file;

  constructor(file) {
    this.#file = file;
  }

  /** All go through the door. */
  get urls() {
    return [this.#now.url];
  }

  query(sql, parameters) {
    return ask(this.#now.databaseUrl, sql, parameters);
  }

  /** SIGKILL: it says goodbye to nobody. */
  killNode(index) {
    return this.#end(index, 'SIGKILL');
  }

  /** Each node in turn is told to leave and comes back, as by an update. */
  async roll() {
    for (const index of this.#now.nodes.keys()) {
      await this.#end(index, 'SIGTERM');
      await pause(SETTLING_MS);
    }
  }

  /** Resolves when its successor serves. */
  async #end(index, signal) {
    const { pid } = this.#now.nodes[index];
    process.kill(pid, signal);
    await retry(
      () => {
        if (this.#now.nodes[index].pid === pid) throw new Error(`node ${index} did not come back`);
      },
      { patience: BACK_PATIENCE_MS },
    );
  }

  get #now() {
    return JSON.parse(readFileSync(this.#file, 'utf8'));
  }
}
