import fc from 'fast-check';
import { DateTime } from 'luxon';
import { isQuiet } from 'src/modules/push/quiet-hours';

const at = (hours: number, minutes = 0) => hours * 60 + minutes;
const night = { start: at(22), end: at(7) };
const quiet = (utc: string, zone: string, hours = night) => isQuiet(new Date(utc), zone, hours);

test.each([
  ['2026-01-10T20:59:59Z', false],
  ['2026-01-10T21:00:00Z', true],
  ['2026-01-10T23:30:00Z', true],
  ['2026-01-11T05:59:59Z', true],
  ['2026-01-11T06:00:00Z', false],
  ['2026-01-11T12:00:00Z', false],
])('22:00–07:00 in Ljubljana, at %s: %s', (utc, is) => expect(quiet(utc, 'Europe/Ljubljana')).toBe(is));

test('hours within one day, and none', () => {
  const siesta = { start: at(13), end: at(15) };
  expect(quiet('2026-01-10T13:59:00Z', 'Europe/Ljubljana', siesta)).toBe(true);
  expect(quiet('2026-01-10T14:00:00Z', 'Europe/Ljubljana', siesta)).toBe(false);
  expect(quiet('2026-01-10T14:00:00Z', 'Europe/Ljubljana', { start: 840, end: 840 })).toBe(false);
});

test('a night in which clocks go forward is an hour shorter, one in which they go back an hour longer', () => {
  const length = (from: string) => {
    const start = Date.parse(from);
    let minutes = 0;
    while (isQuiet(new Date(start + minutes * 60_000), 'Europe/Berlin', night)) minutes++;
    return minutes;
  };
  expect(length('2026-03-27T21:00:00Z')).toBe(9 * 60);
  expect(length('2026-03-28T21:00:00Z')).toBe(8 * 60);
  expect(length('2026-10-24T20:00:00Z')).toBe(10 * 60);
});

test('an end that the clock shows twice is its first, and it does not grow quiet again', () => {
  const hours = { start: at(22), end: at(2, 30) };
  expect(quiet('2026-10-25T00:29:00Z', 'Europe/Berlin', hours)).toBe(true); // 02:29 summer time
  expect(quiet('2026-10-25T00:30:00Z', 'Europe/Berlin', hours)).toBe(false);
  expect(quiet('2026-10-25T01:10:00Z', 'Europe/Berlin', hours)).toBe(false); // 02:10 again
});

test('a start that the clock skips comes as long after the leap', () => {
  const hours = { start: at(2, 30), end: at(6) };
  expect(quiet('2026-03-29T01:29:00Z', 'Europe/Berlin', hours)).toBe(false); // 03:29
  expect(quiet('2026-03-29T01:30:00Z', 'Europe/Berlin', hours)).toBe(true);
});

test('zones of half hours and beyond the date line', () => {
  expect(quiet('2026-01-10T16:30:00Z', 'Asia/Kolkata')).toBe(true);
  expect(quiet('2026-01-10T16:29:00Z', 'Asia/Kolkata')).toBe(false);
  expect(quiet('2026-01-10T08:00:00Z', 'Pacific/Kiritimati')).toBe(true);
});

test('away from changes of the clock it is what the clock says', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2026, 5, 1), max: Date.UTC(2026, 7, 30) }),
      fc.constantFrom('Europe/Paris', 'America/New_York', 'Asia/Tokyo', 'Asia/Kathmandu', 'UTC'),
      minute,
      minute,
      (ms, zone, start, end) => {
        const { hour, minute: now } = DateTime.fromMillis(ms, { zone });
        const shown = hour * 60 + now;
        const says = start <= end ? start <= shown && shown < end : shown >= start || shown < end;
        expect(isQuiet(new Date(ms), zone, { start, end })).toBe(says);
      },
    ),
  );
});
