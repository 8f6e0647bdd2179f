import type { GeofenceView } from 'src/modules/geofences/geofences.dto';
import type { WatchListView } from 'src/modules/geofences/watches.dto';
import type { RecordedView } from 'src/modules/location/location.dto';
import type { NewShareView, ShareView } from 'src/modules/location/shares.dto';
import { buildGroup } from 'test/factories/chats';
import { keepHistory } from 'test/factories/locations';
import { buildUsers } from 'test/factories/users';
import { Exits } from 'test/races/stories/places/exits';
import { pairOf, type Facts } from 'test/races/stories/places/rules';
import { SPOTS, Walker } from 'test/races/stories/places/walker';
import { call, type Draw, type World } from 'test/races/stories/story';
import type { TestApp } from 'test/support/boot';
import type { Reply } from 'test/support/http';

/** Four people and a group of theirs, on two nodes. */
export class PlaceWorld implements World {
  log: string[] = [];
  /** All there were, live or not. */
  shares: { id: number; owner: Walker }[] = [];
  readonly links: { id: number; token: string; owner: Walker }[] = [];
  fences: { id: number; owner: Walker }[] = [];
  chats: { id: number; people: [Walker, Walker] }[] = [];
  /** Since it was last looked: something may have let somebody see more, or begin anew at a fence of others. */
  hasOpened = false;
  private facts?: Facts;
  private lookedAt = 0;
  private readonly exits: Exits;

  private constructor(
    readonly nodes: [TestApp, TestApp],
    readonly people: Walker[],
    readonly group: number,
  ) {
    this.exits = new Exits(people, nodes[1]);
  }

  static async begin(nodes: [TestApp, TestApp], draw: Draw): Promise<PlaceWorld> {
    const users = await buildUsers(nodes[0], 'ana', 'ben', 'cid', 'dan');
    const [ana, ...others] = users;
    const group = await buildGroup(nodes[0], ana, others);
    await keepHistory(nodes[0], ...users.filter(() => !draw.chance(20)));
    return new PlaceWorld(nodes, await Promise.all(users.map((user) => Walker.arrive(user, draw.one(nodes)))), group);
  }

  ask = (by: Walker, draw: Draw, method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object) =>
    call(this.log, draw.one(this.nodes), by.user, method, path, body);

  /** Two different ones. */
  two(draw: Draw): [Walker, Walker] {
    const one = draw.one(this.people);
    return [one, draw.one(this.people.filter((other) => other !== one))];
  }

  aShare = (draw: Draw) => draw.one(this.shares.slice(-6));
  aFence = (draw: Draw) => draw.one(this.fences.slice(-8));

  async moveTo(person: Walker, spot: number, draw: Draw, more: object = {}) {
    const point = { ...person.pointAt(spot, draw), ...more };
    if (draw.chance(50)) {
      const { ok, data } = await person.socket.ask('location_update', point);
      this.log.push(`${person.name} location_update at ${spot} of ${point.recorded_at} → ${ok}`);
      if (ok) person.remember(data, spot);
    } else {
      const { status, body } = await this.ask(person, draw, 'post', '/location/update', point);
      if (status === 201) person.remember(body, spot);
    }
  }

  /** Long enough for fences to believe it. */
  async stayAt(person: Walker, spot: number, draw: Draw) {
    const locations = [0, 1, 2].map(() => person.pointAt(spot, draw));
    const { body } = await this.ask(person, draw, 'post', '/location/batch', { locations });
    for (const one of (body as RecordedView).results) if (one.ok) person.remember(one.data, spot);
  }

  /** Says yes or no to all fences that ask him or watch him. */
  async decide(person: Walker, draw: Draw) {
    this.hasOpened = true;
    const { watches } = (await this.ask(person, draw, 'get', '/location/geofences/watching')).body as WatchListView;
    for (const { geofence } of watches) {
      const consent = { accepted: !draw.chance(20), revision: geofence.revision };
      await this.ask(person, draw, 'put', `/location/geofences/${geofence.id}/consent`, consent);
    }
  }

  /** When all have moved once more, what each sees of each is what the rules say, by every exit. */
  async compare(draw: Draw) {
    const since = Date.now();
    await Promise.all(
      this.people.map((person) => {
        const spot = draw.one(SPOTS);
        return draw.chance(50) ? this.moveTo(person, spot, draw) : this.stayAt(person, spot, draw);
      }),
    );
    for (const node of this.nodes) await node.settle();
    const facts = await this.readFacts();
    this.log.push(`-- compared; ${facts.shares.map(({ id, precision }) => `${id} ${precision}`).join(', ')}`);
    if (!this.hasOpened && this.facts) this.exits.whoWasOutHeardNothing(this.facts, facts, this.lookedAt);
    await this.exits.live(facts, since);
    await this.exits.current(facts);
    await this.exits.histories(facts);
    await this.exits.links(facts, this.links);
    await this.exits.watchers(facts);
    await this.exits.events(facts, this.hasOpened);
    await this.exits.logs();
    Object.assign(this, { facts, lookedAt: Date.now(), hasOpened: false });
  }

  end() {
    return Promise.resolve();
  }

  close() {
    for (const { socket } of this.people) socket.close();
  }

  /** What somebody has drawn, or made anew, is his from then on. */
  rememberShare({ status, body }: Pick<Reply, 'status' | 'body'>, owner: Walker) {
    const { id, token } = body as NewShareView;
    if (status <= 201 && !this.shares.some((one) => one.id === id)) this.shares.push({ id, owner });
    if (status <= 201 && token !== null) this.links.push({ id, token, owner });
  }

  rememberFence({ status, body }: Reply, owner: Walker) {
    if (status === 201) this.fences.push({ id: (body as GeofenceView).id, owner });
  }

  /** When it is calm: what is so by those whom it concerns. */
  private async readFacts(): Promise<Facts> {
    const of = (person: Walker, path: string) => call([], this.nodes[0], person.user, 'get', path);
    const shares: ShareView[] = [];
    const [members, blocks] = [new Set<string>(), new Set<string>()];
    for (const person of this.people) {
      const listed = (await of(person, '/location/shares?limit=100')).body.shares as ShareView[];
      shares.push(...listed.filter(({ user_id }) => user_id === person.id));
      for (const { id } of (await of(person, '/users/blocked')).body.users) blocks.add(pairOf(person.id, id as string));
      if ((await of(person, `/chats/${this.group}`)).status === 200) members.add(person.id);
    }
    const contacts = new Map(this.people.map(({ id, contacts }) => [id, contacts]));
    return { shares, members, blocks, contactsOf: (id) => contacts.get(id)! };
  }
}
