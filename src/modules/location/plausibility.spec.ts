import fc from 'fast-check';
import {
  fromBits,
  judge,
  speedBetween,
  toBits,
  type Flag,
  type Motion,
  type Sighting,
} from 'src/modules/location/plausibility';

const LIMITS = { jumpSpeed: 120, lowAccuracy: 500 };
const DEGREE = 111_195.08;
/** So many metres north of the equator, so many seconds after the start. */
const at = (metres: number, seconds: number, accuracy = 5): Sighting => ({
  latitude: metres / DEGREE,
  longitude: 0,
  at: seconds * 1000,
  accuracy,
});

/** The flags of each of the points, in the order of their arrival. */
function follow(points: { sighting: Sighting; mock?: boolean }[]): Flag[][] {
  let motion: Motion | null = null;
  return points.map(({ sighting, mock = false }) => {
    const judged = judge(motion, sighting, mock, LIMITS);
    motion = judged.motion;
    return judged.flags;
  });
}
const flagsOf = (...sightings: Sighting[]) => follow(sightings.map((sighting) => ({ sighting })));

test('a walk, a drive and a train are believed', () => {
  expect(flagsOf(at(0, 0), at(2, 1), at(40, 2), at(120, 3), at(5000, 60))).toEqual([[], [], [], [], []]);
});

test('one point far off is a jump, and coming back from it is none', () => {
  expect(flagsOf(at(0, 0), at(5000, 2), at(1, 4), at(5000, 6), at(2, 8))).toEqual([[], ['jump'], [], ['jump'], []]);
});

test('who really is elsewhere is believed at the third point that says so', () => {
  expect(flagsOf(at(0, 0), at(900_000, 60), at(900_010, 62), at(900_020, 64), at(900_030, 66))).toEqual([
    [],
    ['jump'],
    ['jump'],
    [],
    [],
  ]);
  expect(flagsOf(at(0, 0), at(900_000, 60), at(0, 61), at(900_010, 62), at(900_020, 64))).toEqual([
    [],
    ['jump'],
    [],
    ['jump'],
    ['jump'],
  ]);
});

test('after a long silence the other end of the world is no jump', () => {
  expect(flagsOf(at(0, 0), at(9_000_000, 86_400))).toEqual([[], []]);
});

test('what the accuracies explain is no jump', () => {
  expect(flagsOf(at(0, 0, 400), at(700, 1, 400))).toEqual([[], []]);
});

test('mock and inaccurate points are flagged, and nothing is judged by them', () => {
  const mock = { sighting: at(50_000, 2), mock: true };
  expect(follow([{ sighting: at(0, 0) }, mock, { sighting: at(3, 4) }])).toEqual([[], ['mock', 'jump'], []]);
  expect(flagsOf(at(0, 0), at(100, 2, 501), at(3, 4))).toEqual([[], ['low_accuracy'], []]);
  expect(flagsOf(at(0, 0, 501), at(50_000, 1))).toEqual([['low_accuracy'], []]);
});

test('a late point is judged, and changes nothing for those after it', () => {
  expect(flagsOf(at(0, 100), at(3, 40), at(90_000, 90), at(5, 102))).toEqual([[], [], ['jump'], []]);
});

test('flags survive being stored; a speed is the same both ways and never infinite', () => {
  fc.assert(
    fc.property(fc.subarray(['mock', 'jump', 'low_accuracy'] as Flag[]), (flags) => {
      expect(fromBits(toBits(flags))).toEqual(flags);
    }),
  );
  const sighting = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    at: fc.integer(),
    accuracy: fc.double({ min: 0, max: 1e7, noNaN: true }),
  });
  fc.assert(
    fc.property(sighting, sighting, (a, b) => {
      expect(speedBetween(a, b)).toBe(speedBetween(b, a));
      expect(Number.isFinite(speedBetween(a, b))).toBe(true);
      expect(speedBetween(a, a)).toBe(0);
    }),
  );
});
