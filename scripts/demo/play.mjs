import { inProject } from '../lib/project.mjs';
import { until } from '../lib/waiting.mjs';
import { Chats } from './chats.mjs';
import { Crossings } from './crossings.mjs';
import { Journey } from './journey.mjs';
import { Person } from './person.mjs';
import { Positions } from './positions.mjs';
import { PushLog } from './pushes.mjs';
import { faultsOf, tallyTable, verdict } from './report.mjs';
import { Screen } from './screen.mjs';
import { BEFORE, ON_THE_WAY, TOGETHER } from './talk.mjs';
import { Tally } from './tally.mjs';

/** What is owed must come within this time after the last of it was asked for. */
const ARRIVAL_PATIENCE_MS = 20_000;
const SHARE_MARGIN_MINUTES = 10;
const TRACKS = inProject('test', 'data', 'tracks');

/** Plays the demo at a Muster. Resolves with the exit status; with undefined if told to stop before. */
export async function play(muster, { speed }, told) {
  const screen = new Screen();
  let fail;
  const broken = new Promise((_resolve, reject) => (fail = reject));
  const people = ['Ana', 'Ben', 'Cleo'].map((name) => new Person(name, muster.url, fail));
  try {
    return await Promise.race([new Demo(muster, people, screen, speed).play(), broken, told.then(() => undefined)]);
  } finally {
    screen.close();
    people.forEach((person) => person.leave());
  }
}

/** The story: Ana walks, Ben drives, Cleo comes later and watches both. */
class Demo {
  #tallies = {
    chats: new Tally('New chats', { timed: false }),
    messages: new Tally('Messages, live'),
    caughtUp: new Tally('Messages, fetched after absence', { timed: false }),
    delivered: new Tally('Receipts “delivered”'),
    read: new Tally('Receipts “read”'),
    typing: new Tally('Typing'),
    history: new Tally('Messages, listed', { timed: false }),
    shares: new Tally('Shares begun and ended', { timed: false }),
    pushes: new Tally('Pushes to the absent'),
  };

  constructor(muster, [ana, ben, cleo], screen, speed) {
    Object.assign(this, { muster, ana, ben, cleo, screen });
    this.people = [ana, ben, cleo];
    this.chats = new Chats(this.#tallies, screen);
    this.pushLog = new PushLog(muster.log, this.#tallies.pushes, this.people, screen);
    const leg = (person, file, details) => {
      const journey = new Journey(person, { file: `${TRACKS}/${file}`, end: Date.now(), speed, ...details });
      const [positions, crossings] = [new Positions(journey, cleo, screen), new Crossings(journey, screen)];
      return { person, journey, positions, crossings };
    };
    this.legs = [
      leg(ana, 'walk-cerknica.gpx', { how: 'walks', over: 'socket', fences: 3 }),
      leg(ben, 'drive-visnjan.gpx', { how: 'drives', over: 'rest', fences: 4 }),
    ];
  }

  async play() {
    const { ana, ben, cleo, chats, screen } = this;
    screen.say(`\nPlaying at ${this.muster.url}${this.muster.ours ? ', started for this' : ''}. Ctrl-C breaks off.\n`);
    await this.#signUp();
    await this.#comeOnline(ana);
    await this.#comeOnline(ben);
    this.rooms = { group: await chats.open(ana, [ben, cleo], 'Outing'), pair: await chats.open(ana, [cleo]) };
    await this.#talk(BEFORE);
    await this.#arrival(this.#live);
    await this.#comeOnline(cleo);
    await chats.catchUp(cleo);
    await this.#talk(TOGETHER);
    await this.#share();
    await this.#travel();
    await this.#arrival([...this.#live, ...this.#ofJourneys]);
    await this.#check();
    await this.#stopSharing();
    await this.#arrival([this.#tallies.shares]);
    return this.#conclude();
  }

  async #signUp() {
    const suffix = Date.now().toString(36);
    for (const person of this.people) {
      await person.signUp(suffix);
      this.screen.line(person.name, `signs up as ${person.username}`);
    }
    const phone = { token: `demo:${crypto.randomUUID()}`, device_type: 'android', device_name: 'Phone of Cleo' };
    await this.cleo.call('POST', '/push-notifications/device-tokens', phone);
    this.screen.line('Cleo', 'registers a phone for pushes and stays offline for now');
  }

  async #comeOnline(person) {
    await person.connect({
      ...this.chats.handlers(person),
      shared_location_update: (update) => this.#legOf(update.user_id)?.positions.see(update),
      location_share_received: ({ share_id: id }) => this.#tallies.shares.see(`begin of ${id} → ${person.name}`),
      location_share_stopped: ({ share_id: id }) => this.#tallies.shares.see(`end of ${id} → ${person.name}`),
      geofence_event: (event) => this.#legOf(person.id)?.crossings.hear(event),
    });
    this.screen.line(person.name, 'comes online');
  }

  #legOf = (userId) => this.legs.find(({ person }) => person.id === userId);

  async #talk(lines) {
    for (const line of lines) await this.#say(line);
  }

  #say([name, room, content, over]) {
    return this.chats.say(this[name], this.rooms[room], content, { over });
  }

  /** Each traveller draws fences and shares the own position with Cleo. */
  async #share() {
    for (const leg of this.legs) {
      const { person, journey, crossings } = leg;
      await crossings.prepare();
      const minutes = Math.ceil(journey.duration / 60_000) + SHARE_MARGIN_MINUTES;
      const share = { target_user_id: this.cleo.id, duration_minutes: minutes };
      leg.shareId = (await person.call('POST', '/location/shares', share)).id;
      this.#tallies.shares.owe(`begin of ${leg.shareId} → Cleo`);
      const kilometres = (journey.metres / 1000).toFixed(1);
      this.screen.line(person.name, `shares the own position with Cleo and ${journey.how} ${kilometres} km`);
    }
  }

  async #stopSharing() {
    for (const { person, shareId } of this.legs) {
      for (const { name } of [person, this.cleo]) this.#tallies.shares.owe(`end of ${shareId} → ${name}`);
      await person.call('DELETE', `/location/shares/${shareId}`);
      this.screen.line(person.name, 'stops sharing');
    }
  }

  /** Both at once, and what is said meanwhile. */
  async #travel() {
    const unsaid = [...ON_THE_WAY];
    const longest = this.legs.map(({ journey }) => journey).sort((a, b) => b.duration - a.duration)[0];
    const onSend =
      ({ positions, crossings }) =>
      (point) => {
        positions.sending(point);
        crossings.sending(point);
      };
    const onSent = () => {
      this.#showProgress(longest.part);
      while (unsaid[0]?.[0] <= longest.part) {
        const [, line] = unsaid.shift();
        this[line[0]].later(() => this.#say(line));
      }
    };
    await Promise.all(this.legs.map((leg) => leg.journey.replay(onSend(leg), onSent)));
  }

  #showProgress(part) {
    const sent = this.legs.map(({ person, journey }) => `${person.name} ${journey.sent}/${journey.points.length}`);
    const crossings = this.legs.reduce((sum, { crossings }) => sum + crossings.live.arrived, 0);
    this.screen.progress(part, `${sent.join(', ')} positions sent, ${crossings} crossings told`);
  }

  /** Waits until all that is owed has come and nobody has anything left to do; what then still is missing, is missing. */
  async #arrival(tallies) {
    const idle = () => this.people.every(({ busy }) => !busy);
    await until(() => idle() && tallies.every(({ missing }) => missing.length === 0), ARRIVAL_PATIENCE_MS);
    // What was sent to them before this answer has been handled too, had it come twice.
    await Promise.all(this.people.filter(({ online }) => online).map((person) => person.ask('ping', {})));
  }

  /** What comes by itself, as far as we can see it. */
  get #live() {
    const { chats, messages, delivered, read, typing, shares, pushes } = this.#tallies;
    return [chats, messages, delivered, read, typing, shares, ...(this.pushLog.readable ? [pushes] : [])];
  }

  get #ofJourneys() {
    return this.legs.flatMap(({ positions, crossings }) => [positions.tally, crossings.live]);
  }

  /** Asks for what there is now, which must be what was sent. */
  async #check() {
    await this.chats.checkHistory();
    for (const { positions, crossings } of this.legs) await Promise.all([positions.check(), crossings.check()]);
  }

  #conclude() {
    const { caughtUp, history, pushes } = this.#tallies;
    const asked = this.legs.flatMap(({ positions, crossings }) => [positions.last, crossings.listed]);
    const tallies = [...this.#live, caughtUp, history, ...this.#ofJourneys, ...asked];
    const faults = faultsOf(tallies);
    this.screen.clear();
    this.screen.say(`\n${tallyTable(tallies)}\n`);
    this.screen.say(NOTES);
    if (!this.pushLog.readable)
      this.screen.say(
        `${pushes.owed} pushes to Cleo were called for; the log of that Muster has them, and no route does.`,
      );
    this.screen.say(`\n${verdict(faults)}`);
    return faults.length ? 1 : 0;
  }
}

const NOTES = `Times run from sending to seeing; those of fences from sending the fix that made a crossing certain.
1+: of positions only the last is promised to a watcher, since newer ones may overtake those before; a receipt need not
come if a later one, or a message of the reader, says the same.
A fence watches its owner: Ana and Ben hear of crossings, Cleo sees positions. What to expect of a fence was computed
from the track alone. The tracks end now, so most of a long one is old news: what is later than 15 minutes is listed, not told.`;
