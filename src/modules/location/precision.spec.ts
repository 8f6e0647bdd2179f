import fc from 'fast-check';
import { distanceMeters, type Place } from 'src/core/geo/sphere';
import { coarsen, isFiner, PRECISIONS, type Precision } from 'src/modules/location/precision';

const place = (): fc.Arbitrary<Place> =>
  fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });
const coarse = () => fc.constantFrom('street', 'neighbourhood', 'city' as Precision);

test('exact shows the place; every other precision is right within what it says', () => {
  expect(coarsen({ latitude: 1, longitude: 2 }, 'exact', 'key')).toBeUndefined();
  fc.assert(
    fc.property(place(), coarse(), fc.uuid(), (one, precision, key) => {
      const shown = coarsen(one, precision, key)!;
      expect(distanceMeters(one, shown)).toBeLessThanOrEqual(shown.within * 1.001 + 0.1);
      expect(shown.within).toBe({ exact: 0, street: 71, neighbourhood: 778, city: 7849 }[precision]);
    }),
    { numRuns: 1000 },
  );
});

test('who sees the finer place could work out the coarser one himself: together they know no more', () => {
  fc.assert(
    fc.property(place(), place(), fc.uuid(), (a, b, key) => {
      const shown = (one: Place, precision: Precision) => JSON.stringify(coarsen(one, precision, key));
      if (shown(a, 'street') === shown(b, 'street')) expect(shown(a, 'neighbourhood')).toBe(shown(b, 'neighbourhood'));
      if (shown(a, 'neighbourhood') === shown(b, 'neighbourhood')) expect(shown(a, 'city')).toBe(shown(b, 'city'));
    }),
  );
});

test('a still phone whose fixes scatter gives the same answer however often it is asked, unless it lies at a border', () => {
  const home = { latitude: 45.7722, longitude: 14.3577 };
  const scattered = Array.from({ length: 500 }, (_, n) => ({
    latitude: home.latitude + Math.sin(n * 12.9) * 0.00005,
    longitude: home.longitude + Math.cos(n * 78.2) * 0.00005,
  }));
  const answers = (key: string) => new Set(scattered.map((one) => JSON.stringify(coarsen(one, 'city', key)))).size;
  const sizes = Array.from({ length: 40 }, (_, n) => answers(`key ${n}`));
  expect(sizes.filter((size) => size === 1).length).toBeGreaterThan(36);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
});

test('one who is let in again and again, under many names, lays the same cell over itself; keyed by the share it would shrink', () => {
  const home = { latitude: 45.7722, longitude: 14.3577 };
  // what 60 shares leave of a grid of candidates, if each has the key that `keyOf` gives it
  const left = (keyOf: (share: number) => string) => {
    const shown = Array.from({ length: 60 }, (_, share) => JSON.stringify(coarsen(home, 'street', keyOf(share))));
    let candidates = Array.from({ length: 41 * 41 }, (_, n) => ({
      latitude: home.latitude + ((n % 41) - 20) * 0.00004,
      longitude: home.longitude + (Math.floor(n / 41) - 20) * 0.00006,
    }));
    shown.forEach((cell, share) => {
      candidates = candidates.filter((one) => JSON.stringify(coarsen(one, 'street', keyOf(share))) === cell);
    });
    return candidates.length;
  };
  const once = (key: string) => left(() => key);
  const owners = Array.from({ length: 5 }, (_, n) => once(`owner ${n}`));
  const shares = left((share) => `share ${share}`);
  expect(Math.min(...owners)).toBeGreaterThan(200);
  expect(shares).toBeLessThan(20);
});

test('precisions are ordered', () => {
  expect(PRECISIONS.filter((one) => isFiner(one, 'neighbourhood'))).toEqual(['exact', 'street']);
});
