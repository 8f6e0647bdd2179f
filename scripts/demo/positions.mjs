import { Tally } from './tally.mjs';

/** One line for so many milliseconds of somebody's positions. */
const SHOWN_EVERY_MS = 3_000;

/** What a watcher sees of one journey that is shared with him. */
export class Positions {
  #newest = 0;
  #shown = 0;
  #screen;
  #watcher;
  #journey;

  constructor(journey, watcher, screen) {
    const door = journey.over === 'socket' ? 'Socket.IO' : 'REST';
    this.tally = new Tally(`Positions of ${journey.person.name} (${door})`);
    this.last = new Tally(`Last position of ${journey.person.name}, asked for`, { timed: false });
    [this.#journey, this.#watcher, this.#screen] = [journey, watcher, screen];
  }

  /** A point is about to be sent. Newer ones may overtake it on the way to the watcher, but none overtakes the last. */
  sending(point) {
    this.tally.send();
    if (point === this.#journey.points.at(-1)) [this.tally, this.last].forEach((tally) => tally.owe(point.at));
    else this.tally.ask(point.at);
  }

  /** The watcher asks where the journey has ended. */
  async check() {
    const position = await this.#watcher.call('GET', `/location/current/${this.#journey.person.id}`);
    this.last.see(Date.parse(position.recorded_at));
  }

  /** The watcher got one. */
  see({ latitude, longitude, recorded_at: recordedAt }) {
    const at = Date.parse(recordedAt);
    // By contract, what is older than what one has is to be ignored; the same is told again when it has become delayed or stale.
    if (at === this.#newest) return;
    this.tally.see(at);
    if (at < this.#newest) return;
    this.#newest = at;
    if (Date.now() - this.#shown < SHOWN_EVERY_MS) return;
    this.#shown = Date.now();
    const place = `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
    const delay = this.tally.latencies.at(-1)?.toFixed(0);
    this.#screen.line(this.#watcher.name, `sees ${this.#journey.person.name} at ${place} (after ${delay} ms)`);
  }
}
