import fc from 'fast-check';
import { nextAt } from 'src/modules/push/broadcasts.schedule';

const ZONES = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Zagreb', 'Asia/Kathmandu', 'Pacific/Kiritimati'];

test.each([
  ['09:00', 'UTC', '2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
  ['09:00', 'UTC', '2026-01-31T09:00:01Z', '2026-02-01T09:00:00.000Z'],
  ['09:00', 'Asia/Tokyo', '2026-01-31T09:30:00Z', '2026-02-01T00:00:00.000Z'],
  ['09:00', 'America/New_York', '2026-03-07T15:00:00Z', '2026-03-08T13:00:00.000Z'],
  ['02:30', 'Europe/Zagreb', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
  ['02:30', 'Europe/Zagreb', '2026-03-29T12:00:00Z', '2026-03-30T00:30:00.000Z'],
  ['09:00', 'Mars/Base', '2026-01-31T08:00:00Z', '2026-01-31T09:00:00.000Z'],
])('%s in %s is, from %s on, at %s', (localTime, zone, earliest, at) =>
  expect(nextAt(localTime, zone, new Date(earliest)).toISOString()).toBe(at),
);

test('it is never before, and at most a day and an hour after', () => {
  const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  const time = fc.tuple(fc.nat(23), fc.nat(59)).map((parts) => parts.map((n) => String(n).padStart(2, '0')).join(':'));
  fc.assert(
    fc.property(time, fc.constantFrom(...ZONES), instant, (localTime, zone, earliest) => {
      const wait = nextAt(localTime, zone, earliest).getTime() - earliest.getTime();
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(26 * 3_600_000);
    }),
  );
});
