import fc from 'fast-check';
import { distanceMeters } from 'src/core/geo/sphere';
import {
  follow,
  followAll,
  initialState,
  isPoor,
  type Circle,
  type FenceState,
  type Fix,
} from 'src/modules/geofences/geofences.matcher';

const CENTRE = { latitude: 45.7722, longitude: 14.3577 };
const OFFICE: Circle = { ...CENTRE, radius: 50 };
const NEW: FenceState = { side: 'unknown', fixAt: null, pending: null };
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
const told = (circle: Circle, list: Fix[], state = NEW) =>
  followAll(circle, state, list).crossings.map(({ type, fix, firstLocationId }) => [type, fix.id, firstLocationId]);

test('a walk in and out is one entry and one exit, each at the second fix beyond the border', () => {
  const walk = fixes([200, 0], [120, 30], [70, 60], [30, 90], [5, 120], [20, 150], [80, 180], [140, 210], [200, 240]);
  expect(told(OFFICE, walk)).toEqual([['entry', 5, 4], ['exit', 8, 7]]); // prettier-ignore
  const [entry] = followAll(OFFICE, NEW, walk).crossings;
  expect(entry).toMatchObject({ type: 'entry', crossedAt: new Date(START + 90_000), fix: { id: 5 } });
  expect(entry!.distance).toBeCloseTo(5, 0);
});

test('a still phone whose fixes jump 200 m, each "within 2 m", raises nothing', () => {
  expect(told(OFFICE, fixes([8, 0, 6], [200, 30, 1.9], [9.6, 60, 5], [198, 90, 1.7], [9, 120, 5]))).toEqual([]);
  expect(told(OFFICE, fixes([8, 0], [200, 30, 1.9], [9.6, 60], [198, 90, 1.7], [9, 120], [201, 150, 2]))).toEqual([]);
});

test('jumps in a burst are one: two within five seconds are not enough, a third is', () => {
  expect(told(OFFICE, fixes([8, 0], [200, 30], [199, 31], [9, 32], [10, 60]))).toEqual([]);
  expect(told(OFFICE, fixes([8, 0], [200, 30], [205, 31], [210, 32]))).toEqual([['exit', 4, 2]]);
  expect(told(OFFICE, fixes([8, 0], [200, 30], [205, 35]))).toEqual([['exit', 3, 2]]);
});

test('somebody near the border has not left: the band, and the accuracy of each fix, are allowed for', () => {
  expect(told(OFFICE, fixes([20, 0], [55, 30], [59, 60], [57, 90], [45, 120]))).toEqual([]);
  expect(told(OFFICE, fixes([20, 0, 5], [80, 30, 40], [85, 60, 40], [70, 90, 30]))).toEqual([]);
  expect(told(OFFICE, fixes([20, 0], [95, 30, 40], [100, 60, 40]))).toEqual([['exit', 3, 2]]);
  expect(told(OFFICE, fixes([200, 0], [44, 30, 40], [40, 60, 40]))).toEqual([]);
  expect(told(OFFICE, fixes([200, 0], [49, 30, null], [48, 60, null]))).toEqual([['entry', 3, 2]]);
});

test('a fix in the band ends what was pending', () => {
  expect(told(OFFICE, fixes([20, 0], [70, 30], [57, 60], [70, 90], [20, 120]))).toEqual([]);
});

test('a poor fix says nothing at all', () => {
  expect(told(OFFICE, fixes([20, 0], [400, 30, 101], [400, 60, 2000], [20, 90]))).toEqual([]);
  expect(told(OFFICE, fixes([20, 0], [400, 30], [20, 45, 500], [400, 60]))).toEqual([['exit', 4, 2]]);
  expect(isPoor({ ...CENTRE, radius: 5000 }, fixes([0, 0, 2000])[0]!)).toBe(false);
});

test('the first fix settles the side silently, wherever it is', () => {
  expect(follow(OFFICE, NEW, fixes([0, 0])[0]!)).toEqual({
    state: { side: 'inside', fixAt: new Date(START), pending: null },
  });
  expect(follow(OFFICE, NEW, fixes([51, 0])[0]!).state.side).toBe('outside');
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
  const tiny = { ...CENTRE, radius: 10 };
  expect(told(tiny, fixes([100, 0], [3, 30, 20], [2, 60, 20]))).toEqual([['entry', 3, 2]]);
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
  const circle = fc.integer({ min: 10, max: 500 }).map((radius): Circle => ({ ...CENTRE, radius }));
  const check = (property: (fence: Circle, list: Fix[], pick: number) => void) =>
    fc.assert(fc.property(circle, track, fc.nat(), property), { numRuns: 300 });

  /** The same rules said another way: over the list of verdicts instead of step by step. */
  function bruteForce(fence: Circle, list: Fix[]) {
    const usable = list.filter((fix) => fix.accuracy === null || fix.accuracy <= Math.max(fence.radius, 100));
    if (!usable.length) return [];
    const verdicts = usable.map((fix) => {
      const [doubt, metres] = [fix.accuracy ?? 0, distanceMeters(fence, fix)];
      if (metres + Math.min(doubt, fence.radius) / 2 <= fence.radius) return 'entry';
      return metres - Math.max(doubt, Math.min(50, Math.max(10, fence.radius / 10))) > fence.radius ? 'exit' : 'doubt';
    });
    let last = distanceMeters(fence, usable[0]!) <= fence.radius ? 'entry' : 'exit';
    const crossings: [string, number, number][] = [];
    let runStart = 1;
    for (let index = 1; index < usable.length; index++) {
      if (verdicts[index] !== verdicts[index - 1] || index === 1) runStart = index;
      const verdict = verdicts[index]!;
      if (verdict === 'doubt' || verdict === last) continue;
      const [count, ms] = [index - runStart + 1, +usable[index]!.recordedAt - +usable[runStart]!.recordedAt];
      if (count < 3 && !(count === 2 && ms >= 5000)) continue;
      crossings.push([verdict, usable[index]!.id, usable[runStart]!.id]);
      last = verdict;
    }
    return crossings;
  }

  test('the crossings are those that brute force finds', () => {
    check((fence, list) => expect(told(fence, list)).toEqual(bruteForce(fence, list)));
  });

  test('entries and exits take turns, beginning with a leaving of the first side', () => {
    check((fence, list) => {
      const { crossings, state } = followAll(fence, NEW, list);
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
      const rest = followAll(fence, stored(first.state), list.slice(cut));
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
      if (!isPoor(fence, list[at - 1]!)) expect(told(fence, mixed)).toEqual(told(fence, list));
    });
  });

  test('single jumps raise nothing: without two fixes in a row beyond the border there is no crossing', () => {
    check((fence, list) => {
      const jumping = list.flatMap((jump, index): Fix[] => {
        const at = START + index * 60_000;
        const still = { ...CENTRE, id: index * 2, accuracy: 3, recordedAt: new Date(at) };
        return [still, { ...jump, id: index * 2 + 1, recordedAt: new Date(at + 30_000) }];
      });
      expect(told(fence, jumping)).toEqual([]);
    });
  });
});

/** As the database keeps it. */
const stored = (state: FenceState): FenceState => ({
  ...state,
  fixAt: state.fixAt && new Date(state.fixAt.toISOString()),
  pending: state.pending && { ...state.pending, since: new Date(state.pending.since.toISOString()) },
});
