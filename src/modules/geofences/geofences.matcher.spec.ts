import fc from 'fast-check';
import { distanceMeters } from 'src/core/geo/sphere';
import { CircleArea, alongTheWay } from 'src/modules/geofences/areas';
import {
  dwellInSilence,
  follow,
  followAll,
  initialState,
  isPoor,
  NOTHING_KNOWN as NEW,
  type FenceState,
  type Fix,
  type Watch,
} from 'src/modules/geofences/geofences.matcher';

const CENTRE = { latitude: 45.7722, longitude: 14.3577 };
const around = (radius: number, dwellMs: number | null = null): Watch => ({
  area: new CircleArea(CENTRE, radius),
  dwellMs,
  until: null,
});
const OFFICE = around(50);
const START = Date.parse('2026-01-31T09:00:00Z');
const METRES_OF_A_DEGREE = 111_195.08;

/** Fixes north of the centre, `[metres, seconds, accuracy]`. */
const fixes = (...places: [number, number, (number | null)?][]): Fix[] =>
  places.map(([metres, seconds, accuracy = 5], index) => ({
    id: index + 1,
    latitude: CENTRE.latitude + metres / METRES_OF_A_DEGREE,
    longitude: CENTRE.longitude,
    accuracy,
    recordedAt: new Date(START + seconds * 1000),
  }));
/** Of somebody who has been for a while where the first of the fixes is. */
const toldOf = (watch: Watch, list: Fix[]) => {
  const before = [60, 30].map((seconds) => ({ ...list[0]!, id: 0, recordedAt: new Date(START - seconds * 1000) }));
  return told(watch, list, followAll(watch, NEW, before).state);
};
const told = (watch: Watch, list: Fix[], state = NEW) =>
  followAll(watch, state, list).crossings.map(({ type, fix, evidence }) => [type, fix.id, evidence[0]!.locationId]);

test('a walk in and out is one entry and one exit, each at the second fix beyond the border', () => {
  const walk = fixes([200, 0], [120, 30], [70, 60], [30, 90], [5, 120], [20, 150], [80, 180], [140, 210], [200, 240]);
  expect(told(OFFICE, walk)).toEqual([['entry', 5, 4], ['exit', 8, 7]]); // oxfmt-ignore
  const [entry] = followAll(OFFICE, NEW, walk).crossings;
  expect(entry).toMatchObject({
    type: 'entry',
    reason: 'seconds',
    happenedAt: new Date(START + 90_000),
    certainAt: new Date(START + 120_000),
    fix: { id: 5 },
    evidence: [
      { locationId: 4, at: START + 90_000, offset: -20 },
      { locationId: 5, at: START + 120_000, offset: -45 },
    ],
  });
  expect(entry!.offset).toBeCloseTo(-45, 0);
  expect(entry!.confidence).toBeGreaterThan(0.98);
});

test('a still phone whose fixes jump 200 m, each "within 2 m", raises nothing', () => {
  expect(toldOf(OFFICE, fixes([8, 0, 6], [200, 30, 1.9], [9.6, 60, 5], [198, 90, 1.7], [9, 120, 5]))).toEqual([]);
  expect(toldOf(OFFICE, fixes([8, 0], [200, 30, 1.9], [9.6, 60], [198, 90, 1.7], [9, 120], [201, 150, 2]))).toEqual([]);
});

test('jumps in a burst are one: two within five seconds are not enough, a third is', () => {
  expect(toldOf(OFFICE, fixes([8, 0], [200, 30], [199, 31], [9, 32], [10, 60]))).toEqual([]);
  expect(toldOf(OFFICE, fixes([8, 0], [200, 30], [205, 31], [210, 32]))).toEqual([['exit', 4, 2]]);
  expect(toldOf(OFFICE, fixes([8, 0], [200, 30], [205, 35]))).toEqual([['exit', 3, 2]]);
});

test('somebody near the border has not left: the band, and the accuracy of each fix, are allowed for', () => {
  expect(toldOf(OFFICE, fixes([20, 0], [55, 30], [59, 60], [57, 90], [45, 120]))).toEqual([]);
  expect(toldOf(OFFICE, fixes([20, 0, 5], [80, 30, 40], [85, 60, 40], [70, 90, 30]))).toEqual([]);
  expect(toldOf(OFFICE, fixes([20, 0], [95, 30, 40], [100, 60, 40]))).toEqual([['exit', 3, 2]]);
  expect(toldOf(OFFICE, fixes([200, 0], [44, 30, 40], [40, 60, 40]))).toEqual([]);
  expect(toldOf(OFFICE, fixes([200, 0], [49, 30, null], [48, 60, null]))).toEqual([['entry', 3, 2]]);
});

test('a fix in the band ends what was pending', () => {
  expect(toldOf(OFFICE, fixes([20, 0], [70, 30], [57, 60], [70, 90], [20, 120]))).toEqual([]);
});

test('a poor fix says nothing at all', () => {
  expect(toldOf(OFFICE, fixes([20, 0], [400, 30, 101], [400, 60, 2000], [20, 90]))).toEqual([]);
  expect(toldOf(OFFICE, fixes([20, 0], [400, 30], [20, 45, 500], [400, 60]))).toEqual([['exit', 4, 2]]);
  expect(isPoor(around(5000).area, fixes([0, 0, 2000])[0]!)).toBe(false);
});

test('the first fix settles the side silently, wherever it is', () => {
  expect(follow(OFFICE, NEW, fixes([0, 0])[0]!)).toMatchObject({
    state: { side: 'inside', since: START, fixAt: new Date(START), evidence: [{ locationId: 1 }], pending: null },
    crossings: [],
  });
  expect(follow(OFFICE, NEW, fixes([51, 0])[0]!).state.side).toBe('outside');
});

describe('a side that one fix has settled', () => {
  const sideAfter = (...rest: Parameters<typeof fixes>) => {
    const { state, crossings } = followAll(OFFICE, NEW, fixes(...rest));
    return [state.side, state.provisional, crossings.map(({ type }) => type)];
  };

  test('is believed once others in a row have said the same, as many as a crossing needs', () => {
    expect(sideAfter([200, 0])).toEqual(['outside', true, []]);
    expect(sideAfter([200, 0], [190, 5])).toEqual(['outside', false, []]);
    expect(sideAfter([200, 0], [190, 1])).toEqual(['outside', true, []]);
    expect(sideAfter([200, 0], [190, 1], [180, 2])).toEqual(['outside', false, []]);
    expect(sideAfter([200, 0], [190, 30], [20, 60], [5, 90])).toEqual(['inside', false, ['entry']]);
    expect(sideAfter([5, 0], [20, 30], [190, 60], [200, 90])).toEqual(['outside', false, ['exit']]);
  });

  test('was a jump if others contradict: no crossing, however it goes on', () => {
    expect(sideAfter([200, 0, 1.9], [9.6, 30], [8, 60], [198, 90, 1.7], [9, 120])).toEqual(['inside', false, []]);
    expect(sideAfter([8, 0, 1.9], [200, 30], [201, 60], [9, 90, 1.7], [200, 120])).toEqual(['outside', false, []]);
    expect(sideAfter([200, 0], [9, 30], [198, 60], [8, 90], [201, 120], [9, 150], [8, 180])).toEqual(['inside', false, []]); // oxfmt-ignore
    expect(sideAfter([200, 0], [9, 30], [46, 60], [198, 90], [8, 120], [9, 150])).toEqual(['inside', false, []]);
    expect(sideAfter([200, 0], [55, 30], [198, 60], [8, 90], [9, 120])).toEqual(['inside', false, []]);
  });

  test('has been believed if a stay was told of', () => {
    const cafe = around(50, 60_000);
    const { state } = follow(cafe, NEW, fixes([5, 0])[0]!);
    expect(state.provisional).toBe(true);
    const stayed = dwellInSilence(cafe, state, fixes([5, 0])[0]!, new Date(START + 60_000)).state;
    expect(followAll(cafe, stayed, fixes([200, 70], [200, 100])).crossings).toMatchObject([{ type: 'exit' }]);
    // the fix that says so is a witness once
    const { crossings } = followAll(cafe, NEW, fixes([5, 0], [6, 70]));
    expect(crossings.map(({ evidence }) => evidence.map(({ locationId }) => locationId))).toEqual([[1, 2]]);
  });
});

test('a fence starts with the newest position if that is of now; what was before it never counts', () => {
  const [fix] = fixes([10, 0]);
  expect(initialState(OFFICE, { fix: fix!, ageMs: 1000 })).toMatchObject({ side: 'inside', fixAt: fix!.recordedAt });
  expect(initialState(OFFICE, { fix: fix!, ageMs: 3_600_000 })).toMatchObject({
    side: 'unknown',
    fixAt: fix!.recordedAt,
  });
  const poor = { ...fix!, accuracy: 500 };
  expect(initialState(OFFICE, { fix: poor, ageMs: 0 })).toMatchObject({ side: 'unknown', fixAt: fix!.recordedAt });
  expect(initialState(OFFICE, undefined)).toEqual(NEW);
});

test('a fence smaller than the doubt of a fix still has an inside', () => {
  expect(toldOf(around(10), fixes([100, 0], [3, 30, 20], [2, 60, 20]))).toEqual([['entry', 3, 2]]);
});

describe('a way through', () => {
  const through = (...rest: Parameters<typeof fixes>) => fixes([-300, 0], [-200, 20], [200, 40], ...rest);

  test('between two fixes is an entry and an exit, when the next one is behind the fence too', () => {
    const { crossings, state } = followAll(OFFICE, NEW, through([400, 60], [600, 80]));
    expect(crossings.map(({ type, reason, fix }) => [type, reason, fix.id])).toEqual([
      ['entry', 'passage', 4],
      ['exit', 'passage', 4],
    ]);
    expect(crossings[0]!.evidence.map(({ locationId }) => locationId)).toEqual([2, 3, 4]);
    // from 150 m to 250 m of 400 m in 20 s
    expect(crossings.map(({ happenedAt }) => Math.round((+happenedAt - START) / 100))).toEqual([275, 325]);
    expect(crossings[0]!.confidence).toBeLessThanOrEqual(0.5);
    expect(state).toMatchObject({ side: 'outside', pending: null });
  });

  test('is none if it was a jump, nor the way back from it; nor from the very first fix', () => {
    expect(told(OFFICE, through([-200, 60], [-210, 80], [-200, 100]))).toEqual([]);
    expect(told(OFFICE, fixes([200, 0], [-200, 20], [-220, 40], [-240, 60]))).toEqual([]);
  });

  test('is none past the fence, hardly into it, within the accuracy, or after a long silence', () => {
    const past = (east: number, accuracy = 5, seconds = 40) =>
      fixes([-300, 0], [-200, 20, accuracy], [200, seconds], [400, seconds + 20]).map((fix) => ({
        ...fix,
        longitude: fix.longitude + east / (METRES_OF_A_DEGREE * Math.cos((CENTRE.latitude * Math.PI) / 180)),
      }));
    expect(told(OFFICE, past(0))).toHaveLength(2);
    expect(told(OFFICE, past(60))).toEqual([]);
    expect(told(OFFICE, past(49))).toEqual([]);
    expect(told(OFFICE, past(30))).toHaveLength(2);
    expect(told(OFFICE, past(30, 60))).toEqual([]);
    expect(told(OFFICE, past(0, 5, 400))).toEqual([]);
  });
});

describe('staying', () => {
  const cafe = around(50, 600_000);
  const arriving = [...fixes([200, -30]), ...fixes([200, 0], [5, 60], [5, 90])];

  test('is an event at the moment when it has lasted, said by the first fix after that, once', () => {
    const { crossings } = followAll(cafe, NEW, [...arriving, ...fixes([5, 600], [6, 700], [5, 4000])]);
    expect(crossings.slice(1)).toMatchObject([
      { type: 'dwell', reason: 'stay', happenedAt: new Date(START + 60_000), certainAt: new Date(START + 660_000) },
    ]);
  });

  test('counts in silence, on time and not before; not if the last word was that he left', () => {
    const { state } = followAll(cafe, NEW, arriving);
    const at = (seconds: number, of = state) =>
      dwellInSilence(cafe, of, arriving[3]!, new Date(START + seconds * 1000));
    expect(at(659.9).crossings).toEqual([]);
    expect(at(660)).toMatchObject({ state: { dwelled: true }, crossings: [{ type: 'dwell', reason: 'silence' }] });
    expect(at(700, at(660).state).crossings).toEqual([]);
    const leaving = follow(cafe, state, fixes([300, 500])[0]!).state;
    expect(at(700, leaving).crossings).toEqual([]);
    const stillThere = follow(cafe, leaving, { ...fixes([5, 680])[0]!, id: 9 });
    expect(stillThere.crossings).toMatchObject([{ type: 'dwell', reason: 'stay', fix: { id: 9 } }]);
  });

  test('who is seen outside only after that time has stayed, for all anybody knows; who left before has not', () => {
    const types = (...rest: Parameters<typeof fixes>) =>
      followAll(cafe, NEW, [...arriving, ...fixes(...rest)]).crossings.map(({ type, reason }) => [type, reason]);
    expect(types([300, 700], [300, 730])).toEqual([['entry', 'seconds'], ['dwell', 'silence'], ['exit', 'seconds']]); // oxfmt-ignore
    expect(types([300, 500], [300, 530])).toEqual([['entry', 'seconds'], ['exit', 'seconds']]); // oxfmt-ignore
    expect(types([300, 650], [300, 680])).toEqual([['entry', 'seconds'], ['exit', 'seconds']]); // oxfmt-ignore
  });

  test('starts anew with each entry, and ends with the fence', () => {
    const again = [...arriving, ...fixes([5, 700], [300, 800], [300, 830], [5, 900], [5, 930], [5, 1600])];
    const dwells = (watch: Watch) => followAll(watch, NEW, again).crossings.filter(({ type }) => type === 'dwell');
    expect(dwells(cafe).map(({ happenedAt }) => +happenedAt - START)).toEqual([60_000, 900_000]);
    expect(dwells({ ...cafe, until: new Date(START + 1_500_000) })).toHaveLength(1);
  });
});

test('after its end a fence is not watched', () => {
  const walk = fixes([200, 0], [5, 60], [5, 90], [200, 120], [200, 150]);
  const until = (seconds: number) => toldOf({ ...OFFICE, until: new Date(START + seconds * 1000) }, walk);
  expect(until(150).map(([type]) => type)).toEqual(['entry']);
  expect(until(90)).toEqual([]);
});

describe('whatever the track', () => {
  const track = fc
    .array(
      fc.record({
        metres: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 0, max: 1000 })),
        bearing: fc.integer({ min: 0, max: 359 }),
        pause: fc.integer({ min: 1, max: 60_000 }),
        accuracy: fc.option(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 300 }))),
      }),
      { maxLength: 60 },
    )
    .map((steps) => {
      let at = START;
      return steps.map(({ metres, bearing, pause, accuracy }, index): Fix => {
        const angle = (bearing * Math.PI) / 180;
        const east = (metres * Math.sin(angle)) / (METRES_OF_A_DEGREE * Math.cos((CENTRE.latitude * Math.PI) / 180));
        const latitude = CENTRE.latitude + (metres * Math.cos(angle)) / METRES_OF_A_DEGREE;
        at += pause;
        return { id: index, latitude, longitude: CENTRE.longitude + east, accuracy, recordedAt: new Date(at) };
      });
    });
  const circle = fc
    .tuple(fc.integer({ min: 10, max: 500 }), fc.option(fc.integer({ min: 60_000, max: 600_000 })))
    .map(([radius, dwellMs]) => around(radius, dwellMs));
  const check = (property: (fence: Watch, list: Fix[], pick: number) => void) =>
    fc.assert(fc.property(circle, track, fc.nat(), property), { numRuns: 300 });

  const accurate = ({ size }: Watch['area'], fix: Fix) => fix.accuracy === null || fix.accuracy <= Math.max(size, 100);
  const verdictAt = (radius: number, doubt: number, metres: number) => {
    if (metres + Math.min(doubt, radius) / 2 <= radius) return 'entry';
    return metres - Math.max(doubt, Math.min(50, Math.max(10, radius / 10))) > radius ? 'exit' : 'doubt';
  };
  const enough = (list: Fix[]) =>
    list.length >= 3 || (list.length === 2 && +list[1]!.recordedAt - +list[0]!.recordedAt >= 5000);

  /** The same rules said another way: over runs of verdicts in the whole list, instead of step by step. No dwells. */
  function bruteForce({ area }: Watch, list: Fix[]) {
    const usable = list.filter((fix) => accurate(area, fix));
    if (!usable.length) return [];
    const verdicts = usable.map((fix) => verdictAt(area.size, fix.accuracy ?? 0, distanceMeters(CENTRE, fix)));
    let last = distanceMeters(CENTRE, usable[0]!) <= area.size ? 'entry' : 'exit';
    let since = +usable[0]!.recordedAt;
    const crossings: [string, number, number][] = [];
    let [runStart, passageFrom] = [1, 0];
    let provisional = true;
    let agreeing = [usable[0]!];
    for (let index = 1; index < usable.length; index++) {
      if (verdicts[index] !== verdicts[index - 1] || index === 1) runStart = index;
      const [verdict, fix] = [verdicts[index]!, usable[index]!];
      if (verdict === last) {
        agreeing = agreeing.at(-1) === usable[index - 1] ? [...agreeing, fix] : [fix];
        if (enough(agreeing)) provisional = false;
      }
      if (verdict !== 'exit' || last !== 'exit') passageFrom = 0;
      else if (!passageFrom) passageFrom = leadsThrough(area, list, fix, since, usable[index - 1]!) ? index : 0;
      else {
        const [before, behind] = [usable[passageFrom - 1]!, usable[passageFrom]!];
        const run = usable.slice(passageFrom, index + 1);
        if (distanceMeters(fix, behind) >= distanceMeters(fix, before)) passageFrom = 0;
        else if (enough(run)) {
          crossings.push(['entry', fix.id, before.id], ['exit', fix.id, before.id]);
          const { to } = area.longestPieceInside(before, behind)!;
          since = Math.round(+before.recordedAt + to * (+behind.recordedAt - +before.recordedAt));
          passageFrom = 0;
          provisional = false;
        }
      }
      if (verdict === 'doubt' || verdict === last || !enough(usable.slice(runStart, index + 1))) continue;
      if (!provisional) crossings.push([verdict, fix.id, usable[runStart]!.id]);
      provisional = false;
      since = +usable[runStart]!.recordedAt;
      last = verdict;
    }
    return crossings;
  }

  /** Looks at the way in a thousand places, and takes the middle of those inside. */
  function leadsThrough(area: Watch['area'], list: Fix[], fix: Fix, since: number, before: Fix) {
    // a fix of no use between the two leaves the way unknown
    if (list.indexOf(fix) !== list.indexOf(before) + 1 || +before.recordedAt <= since) return false;
    if (verdictAt(area.size, before.accuracy ?? 0, distanceMeters(CENTRE, before)) !== 'exit') return false;
    const shares = Array.from({ length: 1001 }, (_, index) => index / 1000);
    const inside = shares.filter((share) => distanceMeters(CENTRE, alongTheWay(before, fix, share)) < area.size);
    if (!inside.length) return false;
    const deepest = distanceMeters(CENTRE, alongTheWay(before, fix, (inside[0]! + inside.at(-1)!) / 2));
    return verdictAt(area.size, Math.max(before.accuracy ?? 0, fix.accuracy ?? 0), deepest) === 'entry';
  }

  test('the crossings are those that brute force finds', () => {
    const property = fc.property(circle, track, (fence, list) =>
      expect(told({ ...fence, dwellMs: null }, list)).toEqual(bruteForce(fence, list)),
    );
    // the same tracks each time: where a way just touches what counts as deep, brute force and the formula may differ
    fc.assert(property, { numRuns: 120, seed: 1 });
  });

  test('entries and exits take turns, beginning with a leaving of the first side', () => {
    check((fence, list) => {
      const { crossings: all, state } = followAll(fence, NEW, list);
      const crossings = all.filter(({ type }) => type !== 'dwell');
      crossings.forEach(({ type }, index) => expect(type).not.toBe(crossings[index - 1]?.type));
      const last = crossings.at(-1);
      if (last) expect(state.side).toBe(last.type === 'entry' ? 'inside' : 'outside');
    });
  });

  test('in however many pieces it comes, and however often, the crossings are the same', () => {
    check((fence, list, pick) => {
      const cut = list.length ? pick % list.length : 0;
      const whole = followAll(fence, NEW, list);
      const first = followAll(fence, NEW, list.slice(0, cut));
      const rest = followAll(fence, stored(first.state), list.slice(cut), list[cut - 1]);
      expect([...first.crossings, ...rest.crossings]).toEqual(whole.crossings);
      expect(followAll(fence, whole.state, list).crossings).toEqual([]);
    });
  });

  test('a late fix changes nothing, wherever it was', () => {
    check((fence, list, pick) => {
      if (list.length < 2) return;
      const at = (pick % (list.length - 1)) + 1;
      const late = { ...list[at]!, id: 999, latitude: 0, recordedAt: list[at - 1]!.recordedAt };
      const mixed = [...list.slice(0, at), late, ...list.slice(at)];
      const without = { ...fence, dwellMs: null };
      const known = !isPoor(fence.area, list[at - 1]!);
      // whatever is between two fixes, the way from one to the other is not known
      const turns = (track: Fix[]) =>
        followAll(without, NEW, track).crossings.filter(({ reason }) => reason !== 'passage').length;
      if (known) expect(turns(mixed)).toBe(turns(list));
    });
  });

  test('single jumps raise nothing, be the first one: without two fixes in a row beyond the border there is no crossing', () => {
    check((fence, list, pick) => {
      const jumping = list.flatMap((jump, index): Fix[] => {
        const at = START + index * 60_000;
        const still = { ...CENTRE, id: index * 2, accuracy: 3, recordedAt: new Date(at) };
        return [still, { ...jump, id: index * 2 + 1, recordedAt: new Date(at + 30_000) }];
      });
      const settling = [1, 2].map((minute) => {
        const at = START + (list.length + minute) * 60_000;
        return { ...CENTRE, id: 1000 + minute, accuracy: 3, recordedAt: new Date(at) };
      });
      const track = [...jumping.slice(pick % 2), ...settling];
      expect(told({ ...fence, dwellMs: null }, track)).toEqual([]);
    });
  });
});

test('no dwell without an inside that lasts: each follows an entry or the first fix by as long as the fence asks', () => {
  const list = fc.array(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 1, max: 300 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(list, fc.integer({ min: 60, max: 900 }), (steps, dwellSeconds) => {
      let at = 0;
      const track = fixes(...steps.map(([metres, pause]): [number, number] => [metres, (at += pause)]));
      const { crossings } = followAll(around(50, dwellSeconds * 1000), NEW, track);
      crossings.forEach(({ type, certainAt, happenedAt }, index) => {
        if (type !== 'dwell') return;
        expect(+certainAt - +happenedAt).toBe(dwellSeconds * 1000);
        const before = crossings[index - 1];
        expect(before?.type ?? 'entry').toBe('entry');
        if (before) expect(happenedAt).toEqual(before.happenedAt);
        const after = crossings[index + 1];
        if (after) expect(after.happenedAt >= certainAt).toBe(true);
      });
    }),
  );
});

/** As the database keeps it. */
const stored = (state: FenceState): FenceState => ({
  ...(JSON.parse(JSON.stringify(state)) as FenceState),
  fixAt: state.fixAt && new Date(state.fixAt.toISOString()),
});
