import { isDeepStrictEqual } from 'node:util';
import type { GeofenceEventView, GeofenceView } from 'src/modules/geofences/geofences.dto';
import type { LocationView } from 'src/modules/location/location.dto';
import type { ShareView } from 'src/modules/location/shares.dto';
import type { ReadListView, WatchersView } from 'src/modules/location/watchers.dto';
import { Crossings, expectToBeShown } from 'test/races/stories/places/crossings';
import { Reads } from 'test/races/stories/places/reads';
import { opened, type Facts } from 'test/races/stories/places/rules';
import { brief, expectToFit, held, past, seenAt, shareAt, wanted } from 'test/races/stories/places/sight';
import type { Heard, Walker } from 'test/races/stories/places/walker';
import { call, must } from 'test/races/stories/story';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

/** Every way on which positions go out: what comes by it is what the rules allow, and all get it who may. */
export class Exits {
  private readonly reads = new Reads();
  private readonly crossings = new Crossings();

  constructor(
    private readonly people: Walker[],
    private readonly node: TestApp,
  ) {}

  /** Whoever could not see somebody, and cannot now, has got nothing of him in between. */
  whoWasOutHeardNothing(before: Facts, now: Facts, since: number) {
    for (const [owner, viewer] of this.pairs()) {
      if (opened(before, owner.id, viewer.id).length || opened(now, owner.id, viewer.id).length) continue;
      const heard = viewer.heard.filter((one) => one.user_id === owner.id && seenAt(one) >= since);
      must('nothing is heard', !heard.length, { owner: owner.name, viewer: viewer.name, heard });
    }
  }

  /** What was sent since a moment, from which on nothing was changed, went to those who may see; they have the newest. */
  async live(facts: Facts, since: number) {
    for (const [owner, viewer] of this.pairs()) {
      const shares = opened(facts, owner.id, viewer.id);
      const of = (heard: Heard[]) => heard.filter(({ user_id }) => user_id === owner.id);
      const last = () => held(of(viewer.socket.all('shared_location_update')));
      const about = { viewer: viewer.name, owner: owner.name };
      if (shares.length && owner.newest) {
        const isThere = () => isDeepStrictEqual(brief(last()), wanted(owner, shares, last()));
        await until('the newest is heard', isThere, 3).catch(() => undefined);
        expect({ ...about, ...brief(last()) }).toEqual({ ...about, ...wanted(owner, shares, last()) });
      }
      for (const one of of(viewer.heard).filter((heard) => seenAt(heard) >= since)) {
        must(
          'it comes by a share',
          shares.some(({ id }) => id === one.share_id),
          { ...about, one, shares },
        );
        expectToFit(owner, one, shares[0]!.precision);
      }
    }
  }

  async current(facts: Facts) {
    for (const [owner, viewer] of this.pairs()) {
      const shares = opened(facts, owner.id, viewer.id);
      const about = { viewer: viewer.name, owner: owner.name };
      const { status, body } = await this.get(viewer, `/location/current/${owner.id}`);
      if (shares.length && owner.newest) {
        expect({ ...about, status, ...brief(body) }).toEqual({ ...about, status: 200, ...wanted(owner, shares, body) });
        const isPaused = body.state === 'paused';
        expectToFit(owner, { ...body, isPaused }, shares[0]!.precision);
        if (!isPaused) this.reads.note(owner, viewer, 'rest');
      } else {
        const code = shares.length ? 'location.no_position' : 'location.not_shared';
        expect({ ...about, status, code: body.code }).toEqual({ ...about, status: 404, code });
      }
    }
    for (const person of this.people) {
      const { recorded_at } = (await this.get(person, '/location/current')).body as Heard;
      expect({ name: person.name, recorded_at }).toEqual({
        name: person.name,
        recorded_at: person.newest!.recorded_at,
      });
    }
  }

  async histories(facts: Facts) {
    for (const person of this.people) {
      const own = (await this.get(person, '/location/history?limit=1000')).body.locations as LocationView[];
      person.expectToKeep(own.map(({ id }) => id));
    }
    for (const [owner, viewer] of this.pairs()) {
      const shares = opened(facts, owner.id, viewer.id).filter(({ shows_history }) => shows_history);
      const about = { viewer: viewer.name, owner: owner.name };
      const { status, body } = await this.get(viewer, `/location/history/${owner.id}?limit=1000`);
      expect({ ...about, status }).toEqual({ ...about, status: shares.length ? 200 : 404 });
      if (!shares.length) continue;
      const said = body.locations as LocationView[];
      const shareOf = ({ recorded_at: at }: LocationView) => shareAt(shares, at)!;
      new Set(said.map(shareOf)).forEach(() => this.reads.note(owner, viewer, 'history'));
      const points = past(owner, shares);
      const times = said.map(({ recorded_at }) => recorded_at);
      // of a coarse one is shown when he came into a cell
      const isShown = shares.every(({ precision }) => precision === 'exact')
        ? isDeepStrictEqual(times, points)
        : times[0] === points[0] && times.every((at) => points.includes(at));
      must('the history is what is shown of it', isShown, { ...about, shares, times, points });
      for (const one of said) expectToFit(owner, one, shareOf(one).precision);
    }
  }

  /** Whoever has a link sees what it shows, as long as it is live. */
  async links(facts: Facts, links: { id: number; token: string; owner: Walker }[]) {
    for (const { id, token, owner } of links) {
      const share = facts.shares.find((one) => one.id === id);
      const { status, body } = await api(this.node).get(`/location/links/${token}`);
      if (share && owner.newest) {
        const said = { ...body, share_id: id } as Heard;
        expect({ status, ...brief(said) }).toEqual({ status: 200, ...wanted(owner, [share], said) });
        const isPaused = said.state === 'paused';
        expectToFit(owner, { ...said, isPaused }, share.precision);
        if (!isPaused) this.reads.note(owner, undefined, 'link');
      } else
        expect({ id, status, code: body.code }).toEqual({
          id,
          status: 404,
          code: share ? 'location.no_position' : 'location.link_not_found',
        });
    }
  }

  /** Those who may see somebody are those whom he is told of; and no share is left that should have ended. */
  async watchers(facts: Facts) {
    const { shares, members, blocks } = facts;
    const isLeft = ({ user_id: owner, audience, target_user_id: target }: ShareView) =>
      (audience === 'chat' && !members.has(owner)) ||
      (audience === 'user' && (blocks.has(`${owner} ${target}`) || blocks.has(`${target} ${owner}`)));
    expect(shares.filter(isLeft)).toEqual([]);
    for (const owner of this.people) {
      const { watchers } = (await this.get(owner, '/location/watchers')).body as WatchersView;
      const said = watchers.map(({ user, share_id, precision }) => `${user?.id} ${share_id} ${precision}`);
      const viewers = this.people.flatMap(({ id }) =>
        opened(facts, owner.id, id).map((share) => `${id} ${share.id} ${share.precision}`),
      );
      for (const { id, audience, user_id, precision } of shares)
        if (audience === 'link' && user_id === owner.id) viewers.push(`undefined ${id} ${precision}`);
      expect({ owner: owner.name, said: said.toSorted() }).toEqual({ owner: owner.name, said: viewers.toSorted() });
    }
  }

  /** `hasBegunAnew`: fences that watch others may have. */
  async events(facts: Facts, hasBegunAnew: boolean) {
    for (const viewer of this.people) {
      const all = (await this.get(viewer, '/location/geofences/events?limit=100')).body.events as GeofenceEventView[];
      for (const event of all) {
        const person = this.people.find(({ id }) => id === event.user_id)!;
        must('what was deleted is gone', !person.hasDeleted(event.recorded_at), { event });
        if (person === viewer) continue;
        this.reads.note(person, viewer, 'fence');
        expectToBeShown(facts, person, viewer, event);
        if (event.chat_id === null) await this.isAgreed(viewer, event);
      }
      const own = all.filter(({ user_id }) => user_id === viewer.id).toReversed();
      this.crossings.checkOrder(viewer, own, hasBegunAnew);
      for (const { user_id } of viewer.heardEvents)
        if (user_id !== viewer.id)
          this.reads.note(
            this.people.find(({ id }) => id === user_id)!,
            viewer,
            'fence',
          );
    }
  }

  /** Everybody's log tells who has got something of him, and on which way. */
  async logs() {
    for (const owner of this.people) {
      const log = await this.logOf(owner);
      this.reads.checkLinks(owner, log);
      for (const viewer of this.people) this.reads.check(owner, viewer, log);
    }
  }

  private async isAgreed(viewer: Walker, { geofence_id: id, owner_id }: GeofenceEventView) {
    const { watch_state } = (await this.get(viewer, `/location/geofences/${id}`)).body as GeofenceView;
    expect({ id, owner_id, watch_state }).toEqual({ id, owner_id: viewer.id, watch_state: 'accepted' });
  }

  private async logOf(owner: Walker) {
    const reads: ReadListView['reads'] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path: string = `/location/watchers/log?limit=100${cursor && `&cursor=${cursor}`}`;
      const body = (await this.get(owner, path)).body as ReadListView;
      reads.push(...body.reads);
      cursor = body.next_cursor;
    }
    return reads;
  }

  private get = (person: Walker, path: string) => call([], this.node, person.user, 'get', path);

  private pairs = () =>
    this.people.flatMap((owner) =>
      this.people.flatMap((viewer) => (viewer === owner ? [] : [[owner, viewer] as const])),
    );
}
