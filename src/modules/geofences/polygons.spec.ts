import fc from 'fast-check';
import { distanceMeters } from 'src/core/geo/sphere';
import { alongTheWay, CircleArea } from 'src/modules/geofences/areas';
import { followAll, NOTHING_KNOWN, type Fix } from 'src/modules/geofences/geofences.matcher';
import { boxOf, faultOf, PolygonArea, type Ring } from 'src/modules/geofences/polygons';

/** Metres east and north of a place, as a position. */
const position = (latitude: number, longitude: number, east: number, north: number): [number, number] => {
  const degrees = longitude + east / (111_195.08 * Math.cos((latitude * Math.PI) / 180));
  return [degrees > 180 ? degrees - 360 : degrees, latitude + north / 111_195.08];
};
const ring = (corners: [number, number][], latitude = 45.7722, longitude = 14.3577): Ring =>
  [...corners, corners[0]!].map(([east, north]) => position(latitude, longitude, east, north));
const square = (half: number, east = 0, north = 0, ...at: number[]): Ring =>
  ring([[east - half, north - half], [east + half, north - half], [east + half, north + half], [east - half, north + half]], ...at); // oxfmt-ignore
const place = (east: number, north: number, latitude = 45.7722, longitude = 14.3577) => {
  const [lon, lat] = position(latitude, longitude, east, north);
  return { latitude: lat, longitude: lon };
};

test('metres from the border of a square with a hole, inside and outside, whichever way the rings run', () => {
  for (const rings of [
    [square(100), square(20)],
    [square(100).toReversed(), square(20)],
  ]) {
    const area = new PolygonArea(rings);
    const offsets = ([[0, 0], [0, 50], [90, 0], [0, 130], [130, 140], [25, 0]] as const).map(([x, y]) => area.offset(place(x, y))); // oxfmt-ignore
    [20, -30, -10, 30, 50, -5].forEach((expected, index) => expect(offsets[index]).toBeCloseTo(expected, 1));
  }
});

test('its size is that of a circle of as much area for its border', () => {
  const corners = Array.from({ length: 360 }, (_, angle): [number, number] => [
    500 * Math.cos((angle * Math.PI) / 180),
    500 * Math.sin((angle * Math.PI) / 180),
  ]);
  expect(new PolygonArea([ring(corners)]).size).toBeCloseTo(500, 0);
  expect(new PolygonArea([square(100)]).size).toBeCloseTo(100, 0);
});

test('over the antimeridian it is the same as elsewhere', () => {
  const [here, there] = [new PolygonArea([square(300, 0, 0, -17, 20)]), new PolygonArea([square(300, 0, 0, -17, 180)])];
  for (const [x, y] of [
    [0, 0],
    [250, 10],
    [-250, 10],
    [400, 0],
    [-400, 0],
    [-290, 350],
  ] as const)
    expect(there.offset(place(x, y, -17, 180))).toBeCloseTo(here.offset(place(x, y, -17, 20)), 3);
  expect(there.longestPieceInside(place(-600, 0, -17, 180), place(600, 0, -17, 180))!.from).toBeCloseTo(0.25, 3);
  const box = boxOf(there.rings);
  expect(box.west).toBeLessThan(180);
  expect(box.east).toBeGreaterThan(180);
  expect(faultOf(there.rings)).toBeUndefined();
});

test.each<[ReturnType<typeof faultOf>, Ring[]]>([
  [undefined, [square(100), square(10, -50), square(10, 50)]],
  ['ring_not_closed', [square(100).slice(0, 4)]],
  ['ring_too_short', [square(100).slice(0, 3)]],
  ['repeated_position', [[square(100)[0]!, ...square(100)]]],
  ['borders_meet', [ring([[0, 0], [100, 100], [100, 0], [0, 100]])]], // oxfmt-ignore
  ['borders_meet', [ring([[0, 0], [200, 0], [100, 0], [100, 100]])]], // oxfmt-ignore
  ['borders_meet', [square(100), square(100, 100)]],
  ['borders_meet', [square(100), square(50, 50)]],
  ['hole_outside', [square(100), square(50, 500)]],
  ['holes_overlap', [square(100), square(50), square(10)]],
  ['too_small', [square(5)]],
  ['too_large', [square(80_000)]],
  ['too_near_a_pole', [square(100, 0, 0, 85.1, 0)]],
  ['too_near_a_pole', [[[0, 80], [120, 80], [-120, 80], [0, 80]]]], // oxfmt-ignore
  ['too_many_positions', [Array.from({ length: 2001 }, (): [number, number] => [0, 0])]],
])('a polygon may be refused: %s', (fault, rings) => {
  // a ring once round the Earth is too large as well
  if (fault === 'too_near_a_pole') expect(['too_near_a_pole', 'too_large']).toContain(faultOf(rings));
  else expect(faultOf(rings)).toBe(fault);
});

test('2,000 corners are looked through quickly enough, and one crossing among them is found', () => {
  const corners = Array.from({ length: 1999 }, (_, index): [number, number] => {
    const [angle, radius] = [(index / 1999) * 2 * Math.PI, index % 2 ? 5000 : 4000];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  expect(faultOf([ring(corners)])).toBeUndefined();
  const crossed = corners.with(700, corners[704]!).with(704, corners[700]!);
  expect(faultOf([ring(crossed)])).toBe('borders_meet');
});

describe('whatever the polygon', () => {
  /** Corners at growing angles around a centre: never crossing themselves. */
  const star = fc.array(fc.integer({ min: 30, max: 1000 }), { minLength: 3, maxLength: 40 }).map(
    (radii) =>
      ring(radii.map((radius, index): [number, number] => {
        const angle = (index / radii.length) * 2 * Math.PI;
        return [radius * Math.cos(angle), radius * Math.sin(angle)];
      })), // oxfmt-ignore
  );
  const where = fc.tuple(fc.integer({ min: -1200, max: 1200 }), fc.integer({ min: -1200, max: 1200 }));

  test('the distance is that to the nearest of many places on the border', () => {
    fc.assert(
      fc.property(star, where, (corners, [x, y]) => {
        const here = place(x, y);
        const nearest = Math.min(
          ...corners.slice(1).flatMap(([lon, lat], index) => {
            const [before, after] = [corners[index]!, { latitude: lat, longitude: lon }];
            return Array.from({ length: 101 }, (_, step) =>
              distanceMeters(here, alongTheWay({ latitude: before[1], longitude: before[0] }, after, step / 100)),
            );
          }),
        );
        const offset = Math.abs(new PolygonArea([corners]).offset(here));
        expect(offset).toBeLessThan(nearest + 1);
        expect(offset).toBeGreaterThan(nearest - 11);
      }),
      { numRuns: 60 },
    );
  });

  test('the longest piece inside is that which a thousand places along the way show, and more where the border is near', () => {
    fc.assert(
      fc.property(star, where, where, (corners, from, to) => {
        const [area, a, b] = [new PolygonArea([corners]), place(...from), place(...to)];
        if (distanceMeters(a, b) < 100) return;
        const offset = (share: number) => area.offset(alongTheWay(a, b, share));
        /** Whether the way is outside somewhere between two places inside; it can't be where both are further from the border than apart. */
        const leaves = (one: number, other: number): boolean => {
          const apart = (other - one) * distanceMeters(a, b);
          if (apart < 1e-4 || -offset(one) - offset(other) > apart * 1.01) return false;
          const middle = (one + other) / 2;
          return offset(middle) >= 0 || leaves(one, middle) || leaves(middle, other);
        };
        let [run, longest] = [0, 0];
        for (let step = 0; step <= 1000; step++) {
          if (run && offset(step / 1000) < 0 && leaves((step - 1) / 1000, step / 1000)) run = 0;
          run = offset(step / 1000) < 0 ? run + 1 : 0;
          longest = Math.max(longest, run);
        }
        const piece = area.longestPieceInside(a, b);
        expect(Math.abs((piece ? piece.to - piece.from : 0) - longest / 1000)).toBeLessThan(0.004);
      }),
      { numRuns: 60 },
    );
  });

  test('a circle and the polygon of 200 corners that follows it tell the same of a walk right through', () => {
    const corners = Array.from({ length: 200 }, (_, index): [number, number] => [
      100 * Math.cos((index / 200) * 2 * Math.PI),
      100 * Math.sin((index / 200) * 2 * Math.PI),
    ]);
    const walk = Array.from({ length: 41 }, (_, index): Fix => {
      return { id: index, ...place(-500 + index * 25, 3), accuracy: 5, recordedAt: new Date(index * 10_000) };
    });
    const centre = place(0, 0);
    const [round, cornered] = [new CircleArea(centre, 100), new PolygonArea([ring(corners)])].map((area) =>
      followAll({ area, dwellMs: null, until: null }, NOTHING_KNOWN, walk).crossings.map(({ type, fix }) => [
        type,
        fix.id,
      ]),
    );
    expect(cornered).toEqual(round);
    expect(round).toHaveLength(2);
  });
});
