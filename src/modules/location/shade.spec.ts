import fc from 'fast-check';
import { distanceMeters } from 'src/core/geo/sphere';
import { isShaded, shadeOf, type PrivatePlace } from 'src/modules/location/shade';

const place = (): fc.Arbitrary<PrivatePlace> =>
  fc.record({
    latitude: fc.double({ min: -89, max: 89, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    radius: fc.integer({ min: 50, max: 5000 }),
    key: fc.uuid(),
  });
const north = (one: PrivatePlace, metres: number) => ({ ...one, latitude: one.latitude + metres / 111_195.08 });

test('what is hidden covers the place, is not much larger, and does not change', () => {
  fc.assert(
    fc.property(place(), (one) => {
      const shade = shadeOf(one);
      expect(distanceMeters(one, shade) + one.radius).toBeLessThanOrEqual(shade.radius);
      expect(shade.radius).toBeLessThanOrEqual(one.radius * 1.5 + 1);
      expect(shadeOf(one)).toEqual(shade);
    }),
  );
});

test('its middle is not the middle of the place, but anywhere around it', () => {
  const home = { latitude: 45.7722, longitude: 14.3577, radius: 200 };
  const shades = Array.from({ length: 200 }, (_, n) => shadeOf({ ...home, key: `key ${n}` }));
  const aside = shades.map((shade) => distanceMeters(home, shade));
  expect(aside.reduce((sum, one) => sum + one) / 200).toBeCloseTo(200 / 3, -1);
  for (const side of [(n: number) => n > 0, (n: number) => n < 0])
    expect(shades.filter(({ latitude }) => side(latitude - home.latitude)).length).toBeGreaterThan(60);
});

test('inside is hidden, far away is not, and a vague position near by is hidden too', () => {
  fc.assert(
    fc.property(place(), (one) => {
      expect(isShaded(one, 5, [one])).toBe(true);
      expect(isShaded(north(one, one.radius * 0.99), null, [one])).toBe(true);
      expect(isShaded(north(one, one.radius * 2.6 + 10), null, [one])).toBe(false);
      expect(isShaded(north(one, one.radius * 2), 1e6, [one])).toBe(true);
      expect(isShaded(one, 5, [])).toBe(false);
    }),
  );
});
