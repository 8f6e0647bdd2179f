import { IANAZone } from 'luxon';

/** Minutes of the day, 0–1439, of the user's own clock; `end` may be on the next day. From the one to the same: never. */
export interface QuietHours {
  start: number;
  end: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * Is it quiet at this moment, by a clock of this time zone? Quiet hours are stretches of real time, from the start on one day to the end
 * on that or the next: so they neither end too early nor begin again when clocks are set. A time that a clock shows twice is its first,
 * one that it skips is as long after the leap as it would have been before (RFC 5545, 3.3.5).
 */
export function isQuiet(at: Date, timezone: string, { start, end }: QuietHours): boolean {
  if (start === end) return false;
  const zone = IANAZone.create(timezone);
  const offset = zone.isValid ? (ms: number) => zone.offset(ms) * MINUTE : () => 0;
  const now = at.getTime();
  const today = Math.floor((now + offset(now)) / DAY) * DAY;
  return [today - DAY, today].some((day) => {
    const from = instantOf(day + start * MINUTE, offset);
    const until = instantOf(day + end * MINUTE + (end < start ? DAY : 0), offset);
    return from <= now && now < until;
  });
}

/** When a clock first shows `local`, which is written as if it were UTC. */
function instantOf(local: number, offset: (ms: number) => number): number {
  const [before, after] = [offset(local - DAY), offset(local + DAY)];
  const shown = [local - before, local - after].filter((ms) => ms + offset(ms) === local);
  return shown.length ? Math.min(...shown) : local - before;
}
