const DAY_MS = 86_400_000;
const MOST_DAYS = 1000;
const padded = (count: number, digits: number) =>
  Array.from({ length: count }, (_, value) => String(value).padStart(digits, '0'));
const TWO = padded(60, 2);
const THREE = padded(1000, 3);
/** `2026-01-31T` of days since 1970. */
const days = new Map<number, string>();

/** What `toISOString` gives, in a tenth of its time: for views of which there are many. */
export function wireInstant(date: Date): string {
  const time = date.getTime();
  const day = Math.floor(time / DAY_MS);
  let prefix = days.get(day);
  if (prefix === undefined) {
    prefix = date.toISOString().slice(0, -'00:00:00.000Z'.length);
    if (days.size >= MOST_DAYS) days.clear();
    days.set(day, prefix);
  }
  const ms = time - day * DAY_MS;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${prefix}${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds % 60]}.${THREE[ms % 1000]}Z`;
}
