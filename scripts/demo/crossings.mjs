import { Tally } from './tally.mjs';

/** What became certain longer ago is listed, and told to nobody; of what is near that, either may be. */
const LATE_MS = 15 * 60_000;
const LATE_MARGIN_MS = 60_000;

/** The fences of one journey, and what their owner learns of them: live, and from the list of events afterwards. */
export class Crossings {
  #fences = new Map();
  #sentAt = new Map();
  #screen;
  #journey;

  constructor(journey, screen) {
    this.live = new Tally(`Fence events of ${journey.person.name}, live`);
    this.listed = new Tally(`Fence events of ${journey.person.name}, listed`, { timed: false });
    [this.#journey, this.#screen] = [journey, screen];
  }

  /** Makes the fences, and owes the crossings that the geometry of the track demands. */
  async prepare() {
    const { person, fences, points } = this.#journey;
    for (const { latitude, longitude, radius, index, crossings } of fences) {
      const name = `the fence at point ${index + 1} of ${points.length}`;
      const circle = { center_latitude: latitude, center_longitude: longitude, radius_meters: radius };
      const fence = { name, ...circle, notify_on_entry: true, notify_on_exit: true };
      const { id } = await person.call('POST', '/location/geofences', fence);
      this.#fences.set(id, { name, crossings });
      crossings.forEach((crossing) => this.listed.owe(keyOf(name, crossing)));
      const expected = crossings.map(({ type }) => type).join(', ');
      this.#screen.line(person.name, `draws ${name}, ${radius} m around it; expects ${expected}`);
    }
  }

  /** A point is about to be sent. If it makes a crossing certain, its owner is to be told, unless it is late. */
  sending({ at }) {
    this.#sentAt.set(at, performance.now());
    for (const { name, crossings } of this.#fences.values())
      for (const crossing of crossings.filter(({ by }) => by === at)) {
        const key = keyOf(name, crossing);
        if (Date.now() - crossing.after < LATE_MS - LATE_MARGIN_MS) this.live.owe(key);
        else if (Date.now() - crossing.by < LATE_MS + LATE_MARGIN_MS) this.live.ask(key);
      }
  }

  /** The owner heard of a crossing. */
  hear(event) {
    this.live.see(this.#keyOf(event), this.#sentAt.get(Date.parse(event.recorded_at)));
    const did = event.event_type === 'entry' ? 'enters' : 'leaves';
    this.#screen.line(this.#journey.person.name, `${did} ${event.geofence_name}`);
  }

  /** Looks up all crossings in the list. */
  async check() {
    let cursor = '';
    while (cursor !== null) {
      const place = cursor && `&cursor=${cursor}`;
      const page = await this.#journey.person.call('GET', `/location/geofences/events?limit=100${place}`);
      for (const event of page.events) this.listed.see(this.#keyOf(event));
      cursor = page.next_cursor;
    }
  }

  /** That of the expected crossing that the event tells of, if there is one. */
  #keyOf({ geofence_id: id, event_type: type, recorded_at: recordedAt }) {
    const { name, crossings } = this.#fences.get(id) ?? { name: `fence ${id}`, crossings: [] };
    const at = Date.parse(recordedAt);
    const expected = crossings.find((crossing) => crossing.type === type && crossing.after < at && at <= crossing.by);
    return keyOf(name, expected ?? { type, by: at });
  }
}

const keyOf = (name, { type, by }) => `${type} at ${name} by ${new Date(by).toISOString()}`;
