import * as fc from 'fast-check';
import { RecordPoint, toPoint } from 'src/modules/location/location.dto';
import { usualPoint } from 'src/modules/location/usual-point';

const usual = {
  latitude: 45.7722,
  longitude: 14.3577,
  accuracy: 8,
  speed: null,
  heading: 92,
  recorded_at: '2026-01-31T09:30:00.000Z',
  client_id: 'walk-17',
};

const number = fc.oneof(
  fc.double(),
  fc.integer({ min: -400, max: 400 }),
  fc.constantFrom(-0, 0, 90, 100, 180, 359.999, 360, 1e5, 1e6, 1e7, -20_000, -90, -180, Infinity),
);
const day = fc.tuple(fc.constantFrom('0000', '1969', '2024', '2025', '2026', '9999'), fc.nat(13), fc.nat(32));
const two = (value: number) => String(value).padStart(2, '0');
const instant = fc.oneof(
  fc
    .tuple(day, fc.nat(25), fc.nat(61), fc.nat(61), fc.constantFrom('.000Z', '.123Z', 'Z', '.1234Z', '+02:00', ''))
    .map(
      ([[year, month, date], h, m, s, end]) => `${year}-${two(month)}-${two(date)}T${two(h)}:${two(m)}:${two(s)}${end}`,
    ),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('yesterday', '', 0, '2026-01-31', '２026-01-31T09:30:00.000Z', '2026-01-31T09:30:00.000Z\n'),
);
const word = fc.constantFrom('still', 'gps', '', 'Ä', 'on foot', 'x'.repeat(65), 'x'.repeat(32), 'walk-17', 'gps\n', 7);
const maybe = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(value, { weight: 4, arbitrary: fc.constantFrom(null, undefined) });
const raw = fc.record(
  {
    latitude: fc.oneof({ weight: 5, arbitrary: fc.double({ min: -90, max: 90, noNaN: true }) }, maybe(number)),
    longitude: fc.oneof({ weight: 5, arbitrary: fc.double({ min: -180, max: 180, noNaN: true }) }, maybe(number)),
    accuracy: maybe(number),
    altitude: maybe(number),
    speed: maybe(number),
    heading: maybe(number),
    bearing: maybe(number),
    battery: maybe(number),
    activity: maybe(word),
    source: maybe(word),
    is_mock: maybe(fc.constantFrom(true, false, 'true', 1)),
    recorded_at: maybe(instant),
    timestamp: maybe(instant),
    client_id: maybe(word),
    more: fc.anything(),
  },
  { requiredKeys: ['latitude', 'longitude'] },
);

test('a point of the usual shape is read as its schema reads it, and nothing that the schema refuses', () => {
  let [read, refused] = [0, 0];
  fc.assert(
    fc.property(fc.oneof({ weight: 20, arbitrary: raw }, fc.anything()), (given) => {
      const point = usualPoint(given);
      const parsed = RecordPoint.safeParse(given);
      if (!parsed.success) refused++;
      if (point === undefined) return;
      read++;
      expect(toPoint(point)).toEqual(toPoint(parsed.data!));
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(read, refused)).toBeGreaterThan(100);
});

test('what devices send is of the usual shape', () => {
  for (const given of [
    usual,
    { latitude: 0, longitude: 0 },
    { ...usual, recorded_at: undefined, timestamp: '2024-02-29T23:59:59.999Z' },
  ])
    expect(toPoint(usualPoint(given)!)).toEqual(toPoint(RecordPoint.parse(given)));
});
