/** What the numbers of a point may be, the limits included; but no heading is 360. */
export const RANGES = {
  accuracy: [0, 1e7],
  altitude: [-20_000, 1e6],
  speed: [0, 1e5],
  heading: [0, 360],
  battery: [0, 100],
} as const;
/** A device's own name of a point, such as a UUID. */
export const POINT_NAME = /^[\x21-\x7e]{1,64}$/;
export const WORD = /^[a-z0-9_]{1,32}$/;
/** RFC 3339, UTC, milliseconds, as most devices and all of JavaScript's write it. */
const USUAL_INSTANT = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

type Raw = Partial<Record<string, unknown>>;

/** What `RecordPoint` makes of a point of the usual shape; undefined of all else. */
export function usualPoint(raw: unknown) {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const given = raw as Raw;
  const { latitude, longitude } = given;
  if (!isWithin(latitude, -90, 90) || !isWithin(longitude, -180, 180)) return undefined;
  const accuracy = number(given.accuracy, RANGES.accuracy);
  const altitude = number(given.altitude, RANGES.altitude);
  const speed = number(given.speed, RANGES.speed);
  const heading = number(given.heading, RANGES.heading);
  const bearing = number(given.bearing, RANGES.heading);
  const battery = number(given.battery, RANGES.battery);
  if (accuracy === undefined || altitude === undefined || speed === undefined) return undefined;
  if (heading === undefined || bearing === undefined || battery === undefined) return undefined;
  if (heading === 360 || bearing === 360) return undefined;
  const activity = text(given.activity, WORD);
  const source = text(given.source, WORD);
  const client_id = text(given.client_id, POINT_NAME);
  if (activity === undefined || source === undefined || client_id === undefined) return undefined;
  const { is_mock = null } = given;
  if (is_mock !== null && typeof is_mock !== 'boolean') return undefined;
  const recorded_at = instant(given.recorded_at);
  const timestamp = instant(given.timestamp);
  if (recorded_at === undefined || timestamp === undefined) return undefined;
  return {
    latitude,
    longitude,
    accuracy,
    altitude,
    speed,
    heading,
    bearing,
    battery,
    activity,
    source,
    is_mock,
    recorded_at,
    timestamp,
    client_id,
  };
}

const isWithin = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && value >= least && value <= most;

// Of each: null if it is not given, undefined if it is not as usual.

const number = (value: unknown, [least, most]: readonly [number, number]): number | null | undefined =>
  value === undefined || value === null ? null : isWithin(value, least, most) ? value : undefined;

const text = (value: unknown, form: RegExp): string | null | undefined =>
  value === undefined || value === null ? null : typeof value === 'string' && form.test(value) ? value : undefined;

function instant(value: unknown): Date | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || !USUAL_INSTANT.test(value)) return undefined;
  const at = new Date(value);
  // there is no 30 February
  return at.getUTCDate() === Number(value.slice(8, 10)) ? at : undefined;
}
