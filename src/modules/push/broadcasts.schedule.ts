import { DateTime, IANAZone } from 'luxon';

/**
 * The first instant from `earliest` on at which clocks in `timeZone` show `localTime` (`09:00`). Where a day has no such time, for the
 * clocks go forward, it is the hour after; a zone that nobody knows is UTC.
 */
export function nextAt(localTime: string, timeZone: string, earliest: Date): Date {
  const [hour, minute] = localTime.split(':').map(Number) as [number, number];
  const zone = IANAZone.isValidZone(timeZone) ? timeZone : 'utc';
  const from = DateTime.fromJSDate(earliest, { zone });
  const on = (day: DateTime) => day.set({ hour, minute, second: 0, millisecond: 0 });
  const today = on(from);
  return (today < from ? on(from.startOf('day').plus({ days: 1 })) : today).toJSDate();
}
