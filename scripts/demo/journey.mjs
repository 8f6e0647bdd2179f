import { setTimeout as pause } from 'node:timers/promises';
import { fencesAlong } from './fences.mjs';
import { endingAt, lengthOf, readTrack, schedule } from './tracks.mjs';

/** The recordings have pauses of a quarter of an hour; nobody wants to wait for them. Positions keep their own times. */
const LONGEST_PAUSE_MS = 15_000;
const RADII = [60, 100, 150];
/** Metres; the recordings do not tell theirs. */
const ACCURACY = 5;

/** One person on a recorded track, with fences around points of it. */
export class Journey {
  sent = 0;
  #due;

  /**
   * The track is moved in time so that it ends at `end`. `over` is `socket` or `rest`, the door for the positions;
   * `how` says how the person moves.
   */
  constructor(person, { file, end, speed, over, how, fences }) {
    Object.assign(this, { person, over, how });
    this.points = endingAt(readTrack(file), end);
    this.#due = schedule(this.points, { speed, longestPause: LONGEST_PAUSE_MS });
    this.fences = fencesAlong(this.points, { count: fences, radii: RADII });
    this.metres = lengthOf(this.points);
  }

  /** Milliseconds that the replay takes. */
  get duration() {
    return this.#due.at(-1);
  }

  /** How much of that time has passed, 0 to 1, by what has been sent. */
  get part() {
    return this.sent === 0 ? 0 : this.#due[this.sent - 1] / this.duration;
  }

  /** Sends every point when it is due, one after the other; `onSend(point)` is called before each, `onSent()` after. */
  async replay(onSend, onSent) {
    const start = performance.now();
    for (const [index, point] of this.points.entries()) {
      const wait = start + this.#due[index] - performance.now();
      if (wait > 0) await pause(wait);
      onSend(point);
      await this.#send(point);
      this.sent++;
      onSent();
    }
  }

  #send({ latitude, longitude, altitude, at }) {
    const position = { latitude, longitude, altitude, accuracy: ACCURACY, recorded_at: new Date(at).toISOString() };
    return this.over === 'socket'
      ? this.person.ask('location_update', position)
      : this.person.call('POST', '/location/update', position);
  }
}
