import fc from 'fast-check';
import { distanceMeters, EARTH_RADIUS_M, type Place } from 'src/core/geo/sphere';

const place = (): fc.Arbitrary<Place> =>
  fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });

/** The same by another way: the angle between two unit vectors. */
function angleBetween(a: Place, b: Place): number {
  const vector = ({ latitude, longitude }: Place) => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)] as const;
  };
  const [u, v] = [vector(a), vector(b)];
  const cross = Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]);
  return Math.atan2(cross, u[0] * v[0] + u[1] * v[1] + u[2] * v[2]);
}

test('a degree of the equator, half way round, and places across the antimeridian', () => {
  const at = (latitude: number, longitude: number) => ({ latitude, longitude });
  expect(distanceMeters(at(0, 0), at(0, 1))).toBeCloseTo(111_195.08, 2);
  expect(distanceMeters(at(0, 0), at(0, 180))).toBeCloseTo(Math.PI * EARTH_RADIUS_M, 3);
  expect(distanceMeters(at(10, 179.999), at(10, -179.999))).toBeCloseTo(219.01, 1);
  expect(distanceMeters(at(90, 0), at(90, 123))).toBeCloseTo(0, 6);
  expect(distanceMeters(at(52.5163, 13.3777), at(48.8584, 2.2945))).toBeCloseTo(878_000, -4);
});

test('it is the angle between the places times the radius, the same both ways, never more than half way round', () => {
  fc.assert(
    fc.property(place(), place(), (a, b) => {
      const meters = distanceMeters(a, b);
      expect(Math.abs(meters - angleBetween(a, b) * EARTH_RADIUS_M)).toBeLessThan(0.2);
      expect(meters).toBe(distanceMeters(b, a));
      expect(meters).toBeLessThanOrEqual(Math.PI * EARTH_RADIUS_M);
      expect(distanceMeters(a, a)).toBe(0);
    }),
  );
});

test('a way over a third place is never shorter, and full turns of longitude change nothing', () => {
  fc.assert(
    fc.property(place(), place(), place(), (a, b, c) => {
      expect(distanceMeters(a, b)).toBeLessThanOrEqual(distanceMeters(a, c) + distanceMeters(c, b) + 0.2);
      const turned = { ...b, longitude: b.longitude + 360 };
      expect(Math.abs(distanceMeters(a, turned) - distanceMeters(a, b))).toBeLessThan(0.2);
    }),
  );
});
