import fc from 'fast-check';
import { snap } from 'src/core/geo/grid';
import { distanceMeters, type Place } from 'src/core/geo/sphere';

const place = (): fc.Arbitrary<Place> =>
  fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });
const size = () => fc.constantFrom(100, 1000, 10_000);
const key = () => fc.uuid();

test('the middle of a cell is never further off than half its diagonal, poles and antimeridian included', () => {
  fc.assert(
    fc.property(place(), size(), key(), (one, metres, secret) => {
      const middle = snap(one, metres, secret);
      expect(distanceMeters(one, middle)).toBeLessThanOrEqual(metres * Math.SQRT1_2 * 1.001);
      expect(Math.abs(middle.latitude)).toBeLessThanOrEqual(90);
      expect(middle.longitude).toBeGreaterThanOrEqual(-180);
      expect(middle.longitude).toBeLessThan(180.000001);
    }),
    { numRuns: 2000 },
  );
});

test('the middle of a cell lies in that cell: asking again, of what was answered, teaches nothing', () => {
  fc.assert(
    fc.property(place(), size(), key(), (one, metres, secret) => {
      const middle = snap(one, metres, secret);
      expect(distanceMeters(snap(middle, metres, secret), middle)).toBeLessThan(0.01);
    }),
    { numRuns: 1000 },
  );
});

test('places on both sides of the antimeridian share cells', () => {
  const sides = [179.99999, -179.99999].map((longitude) => ({ latitude: 10, longitude }));
  const together = Array.from({ length: 100 }, (_, n) => sides.map((side) => snap(side, 1000, `key ${n}`))).filter(
    ([east, west]) => distanceMeters(east!, west!) < 0.01,
  );
  expect(together.length).toBeGreaterThan(95);
});

test('another key draws other borders', () => {
  const here = { latitude: 45.7722, longitude: 14.3577 };
  const middles = Array.from({ length: 50 }, (_, n) => JSON.stringify(snap(here, 1000, `key ${n}`)));
  expect(new Set(middles).size).toBe(50);
});

test('wherever in a kilometre somebody walks, only a few middles are seen, and nothing between them', () => {
  const seen = new Set<string>();
  for (let step = 0; step < 2000; step++) {
    const walked = { latitude: 45 + Math.sin(step) * 0.004, longitude: 14 + Math.cos(step * 1.7) * 0.006 };
    seen.add(JSON.stringify(snap(walked, 1000, 'key')));
  }
  expect(seen.size).toBeLessThanOrEqual(9);
});
