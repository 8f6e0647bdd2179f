import fc from 'fast-check';
import { distanceFromWay, simplify } from 'src/core/geo/simplify';
import type { Place } from 'src/core/geo/sphere';

/** A walk of random steps from somewhere, the antimeridian and high latitudes included. */
const walk = () =>
  fc
    .tuple(
      fc.double({ min: -80, max: 80, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { maxLength: 200 }),
    )
    .map(([latitude, longitude, steps]) => {
      const places: Place[] = [{ latitude, longitude }];
      for (const [north, east] of steps) {
        const before = places.at(-1)!;
        const moved = before.longitude + east * 0.0001;
        places.push({
          latitude: before.latitude + north * 0.0001,
          longitude: moved > 180 ? moved - 360 : moved < -180 ? moved + 360 : moved,
        });
      }
      return places;
    });
const tolerance = () => fc.constantFrom(0, 1, 10, 100, 1000);

test('what is left out lies within the tolerance of the way that is left', () => {
  fc.assert(
    fc.property(walk(), tolerance(), (places, metres) => {
      const kept = simplify(places, metres);
      expect(kept[0]).toBe(0);
      expect(kept.at(-1)).toBe(places.length - 1);
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      kept.slice(1).forEach((to, index) => {
        for (let between = kept[index]! + 1; between < to; between++)
          expect(distanceFromWay(places[between]!, places[kept[index]!]!, places[to]!)).toBeLessThanOrEqual(metres);
      });
    }),
  );
});

test('a larger tolerance keeps no more ends of a straight way than its two', () => {
  const straight = Array.from({ length: 1000 }, (_, n) => ({
    latitude: 45,
    longitude: 179.95 + n * 0.0001 - (n >= 500 ? 360 : 0),
  }));
  expect(simplify(straight, 1)).toEqual([0, 999]);
  expect(simplify([], 10)).toEqual([]);
  expect(simplify(straight.slice(0, 1), 10)).toEqual([0]);
});

test('a corner is kept, a very long straight way is not taken for one', () => {
  const corner = [0, 0.001, 0.002].map((longitude) => ({ latitude: longitude === 0.001 ? 0.001 : 0, longitude }));
  expect(simplify(corner, 10)).toEqual([0, 1, 2]);
  expect(simplify(corner, 200)).toEqual([0, 2]);
  const far = [0, 10, 20].map((longitude) => ({ latitude: 60, longitude }));
  expect(simplify(far, 100)).toEqual([0, 1, 2]);
});

test('a hundred thousand points of a zigzag are no trouble', () => {
  const zigzag = Array.from({ length: 100_000 }, (_, n) => ({ latitude: (n % 2) * 1e-5, longitude: n * 5e-6 }));
  expect(simplify(zigzag, 5)).toEqual([0, 99_999]);
});
