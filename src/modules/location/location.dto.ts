import { id, instant, instantInput, latitude, longitude } from 'src/core/fields/fields';
import { wireInstant } from 'src/core/fields/instants';
import { readQuickly } from 'src/core/fields/validate';
import type { Place } from 'src/core/geo/sphere';
import { FLAGS, fromBits } from 'src/modules/location/plausibility';
import { PRECISIONS, type Precision } from 'src/modules/location/precision';
import { POINT_NAME, RANGES, usualPoint, WORD } from 'src/modules/location/usual-point';
import { z } from 'zod';

const MOST_POINTS = 1000;

const within = ([least, most]: readonly [number, number]) => z.number().min(least).max(most);
const heading = () => z.number().min(RANGES.heading[0]).lt(RANGES.heading[1]);
const word = () => z.string().regex(WORD);

/** A point as a device sends it. What it does not know it leaves out, or gives as null. */
export const RecordPoint = readQuickly(
  z
    .object({
      latitude: latitude(),
      longitude: longitude(),
      accuracy: within(RANGES.accuracy).nullish().describe('Metres that the place is probably right within.'),
      altitude: within(RANGES.altitude).nullish().describe('Metres.'),
      speed: within(RANGES.speed).nullish().describe('Metres per second.'),
      heading: heading().nullish().describe('Degrees clockwise from north, below 360.'),
      bearing: heading().nullish().describe('The same under another name.'),
      battery: within(RANGES.battery).nullish().describe('Percent.'),
      activity: word().nullish().describe('What the user does, as the device believes: `walking`, `driving`, `still`.'),
      source: word().nullish().describe('What the device has it from: `gps`, `network`, `manual`.'),
      is_mock: z.boolean().nullish().describe('The device says that another app made it up.'),
      recorded_at: instantInput().nullish().describe('By the device; the moment of arrival if not given.'),
      timestamp: instantInput().nullish().describe('The same under another name.'),
      client_id: z
        .string()
        .regex(POINT_NAME)
        .nullish()
        .describe('Your own name of the point: sending it again makes no second one.'),
    })
    .meta({
      id: 'RecordPoint',
      example: {
        latitude: 45.7722,
        longitude: 14.3577,
        accuracy: 8,
        speed: 1.4,
        heading: 92,
        recorded_at: '2026-01-31T09:30:00.000Z',
        client_id: '3f0c6f4a-17',
      },
    }),
  usualPoint,
);
export type RecordPoint = z.infer<typeof RecordPoint>;

/** Each is checked by itself, so that one bad point does not keep the others out. */
export const RecordPoints = z
  .object({
    locations: z
      .array(z.unknown())
      .min(1)
      .max(MOST_POINTS)
      .meta({ items: { $ref: '#/components/schemas/RecordPoint' } })
      .describe('Points, in any order.'),
  })
  .meta({
    id: 'RecordPoints',
    example: { locations: [{ latitude: 45.7722, longitude: 14.3577, recorded_at: '2026-01-31T09:30:00.000Z' }] },
  });
export type RecordPoints = z.infer<typeof RecordPoints>;

/** A point as the code knows it, whatever door it came through. */
export interface Point {
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  activity: string | null;
  source: string | null;
  isMock: boolean;
  /** null: now. */
  recordedAt: Date | null;
  clientId: string | null;
}

export const toPoint = (body: RecordPoint): Point => ({
  latitude: body.latitude,
  longitude: body.longitude,
  accuracy: body.accuracy ?? null,
  altitude: body.altitude ?? null,
  speed: body.speed ?? null,
  heading: body.heading ?? body.bearing ?? null,
  battery: body.battery ?? null,
  activity: body.activity ?? null,
  source: body.source ?? null,
  isMock: body.is_mock ?? false,
  recordedAt: body.recorded_at ?? body.timestamp ?? null,
  clientId: body.client_id ?? null,
});

/** A point of a user that is worth believing, for features above this one. */
export interface Fix {
  id: number;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  recordedAt: Date;
}

const place = {
  latitude: latitude(),
  longitude: longitude(),
  accuracy: z.number().nullable(),
  altitude: z.number().nullable(),
  speed: z.number().nullable(),
  heading: z.number().nullable(),
  recorded_at: instant(),
  timestamp: instant().describe('The same as `recorded_at`.'),
};

/** A stored point, as its own user sees it. */
export const LocationView = z
  .object({
    id: id().describe('Of a point of somebody else: what you alone know it by.'),
    user_id: z.uuid(),
    client_id: z.string().nullable(),
    ...place,
    battery: z.number().nullable(),
    activity: z.string().nullable(),
    source: z.string().nullable(),
    flags: z
      .array(z.enum(FLAGS))
      .describe(
        'Why it is believed less: `mock`, `jump` (nobody is that fast), `low_accuracy`. Such move no geofence.',
      ),
    is_kept: z
      .boolean()
      .describe('In your history. If not, it counts while it is your newest, and is gone afterwards.'),
    created_at: instant().nullable().describe('null of a point of somebody else.'),
  })
  .meta({
    id: 'Location',
    example: {
      id: 815,
      user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      client_id: 'walk-17',
      latitude: 45.7722,
      longitude: 14.3577,
      accuracy: 8,
      altitude: 560.5,
      speed: 1.4,
      heading: 92,
      recorded_at: '2026-01-31T09:30:00.000Z',
      timestamp: '2026-01-31T09:30:00.000Z',
      battery: 81,
      activity: 'walking',
      source: 'gps',
      flags: [],
      is_kept: true,
      created_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type LocationView = z.infer<typeof LocationView>;

/** From which age, in milliseconds, a position is `delayed`, and from which it is `stale`. */
export interface AgeLimits {
  delayedMs: number;
  staleMs: number;
}

export const STATES = ['live', 'delayed', 'stale', 'paused'] as const;
export type PositionState = (typeof STATES)[number];

/** Where somebody is. */
export const PositionView = z
  .object({
    user_id: z.uuid(),
    share_id: id().nullable().describe('The share by which the caller sees it; null for his own position.'),
    share_expires_at: instant().nullable().describe('null: until it is stopped.'),
    precision: z.enum(PRECISIONS),
    state: z
      .enum(STATES)
      .describe(
        'How much it is worth now; another message comes when that changes. `paused`: the person is at a private place, and no ' +
          'position is given.',
      ),
    ...place,
    latitude: latitude().nullable().describe('null while paused, as all that belongs to the place.'),
    longitude: longitude().nullable(),
    recorded_at: instant().nullable(),
    timestamp: instant().nullable().describe('The same as `recorded_at`.'),
    age_ms: z.int().min(0).nullable().describe('Milliseconds since it was recorded.'),
  })
  .meta({
    id: 'Position',
    example: {
      user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      share_id: 5,
      share_expires_at: '2026-01-31T10:30:00.000Z',
      precision: 'exact',
      state: 'live',
      latitude: 45.7722,
      longitude: 14.3577,
      accuracy: 8,
      altitude: 560.5,
      speed: 1.4,
      heading: 92,
      recorded_at: '2026-01-31T09:30:00.000Z',
      timestamp: '2026-01-31T09:30:00.000Z',
      age_ms: 1200,
    },
  });
export type PositionView = z.infer<typeof PositionView>;

const FaultOfPoint = z.object({
  code: z.string(),
  message: z.string(),
  params: z.record(z.string(), z.unknown()),
  errors: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })).optional(),
});

/** What became of each point, in the order given. */
export const RecordedView = z
  .object({
    results: z
      .array(
        z.union([
          z.object({ ok: z.literal(true), data: LocationView }),
          z.object({ ok: z.literal(false), error: FaultOfPoint }),
        ]),
      )
      .describe('In the order given; empty if all were accepted and the request said `Prefer: return=minimal`.'),
    accepted: z.int(),
    refused: z.int(),
  })
  .meta({ id: 'RecordedPoints' });
export type RecordedView = z.infer<typeof RecordedView>;

/** The columns of a position, as they come from the database. */
export interface PlaceRow {
  user_id: string;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  recorded_at: Date;
}

/** Somebody whom people near by may find. */
export interface Neighbour {
  user_id: string;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  /** The middle of his cell of about 1 km. */
  cell: Place;
}

export interface LocationRow extends PlaceRow {
  id: number;
  client_id: string | null;
  battery: number | null;
  activity: string | null;
  source: string | null;
  /** Bits, see `plausibility.ts`. */
  flags: number;
  is_kept: boolean;
  /** null where it is not to be told. */
  created_at: Date | null;
}

const toPlace = (row: PlaceRow) => {
  const recordedAt = wireInstant(row.recorded_at);
  return {
    latitude: row.latitude,
    longitude: row.longitude,
    accuracy: row.accuracy,
    altitude: row.altitude,
    speed: row.speed,
    heading: row.heading,
    recorded_at: recordedAt,
    timestamp: recordedAt,
  };
};

/** Written out: objects that are spread take several times as long to make, and a batch makes many. */
export const toLocationView = (row: LocationRow): LocationView => {
  const recordedAt = wireInstant(row.recorded_at);
  return {
    id: row.id,
    user_id: row.user_id,
    client_id: row.client_id,
    latitude: row.latitude,
    longitude: row.longitude,
    accuracy: row.accuracy,
    altitude: row.altitude,
    speed: row.speed,
    heading: row.heading,
    recorded_at: recordedAt,
    timestamp: recordedAt,
    battery: row.battery,
    activity: row.activity,
    source: row.source,
    flags: fromBits(row.flags),
    is_kept: row.is_kept,
    created_at: row.created_at && wireInstant(row.created_at),
  };
};

export const stateOf = (ageMs: number, { delayedMs, staleMs }: AgeLimits): PositionState =>
  ageMs >= staleMs ? 'stale' : ageMs >= delayedMs ? 'delayed' : 'live';

const NOWHERE = {
  latitude: null,
  longitude: null,
  accuracy: null,
  altitude: null,
  speed: null,
  heading: null,
  recorded_at: null,
  timestamp: null,
  age_ms: null,
};

/** A position as it is at the moment `at`, or that it is paused; by a share, if it is not the caller's own. */
export function toPositionView(
  row: (PlaceRow & { at: Date; paused?: undefined }) | { user_id: string; at: Date; paused: true },
  share: { id: number; expiresAt: Date | null; precision: Precision } | null,
  limits: AgeLimits,
): PositionView {
  const by = {
    user_id: row.user_id,
    share_id: share && share.id,
    share_expires_at: share?.expiresAt?.toISOString() ?? null,
    precision: share?.precision ?? ('exact' as const),
  };
  if (row.paused) return { ...by, state: 'paused', ...NOWHERE };
  // a device's clock may be ahead of ours
  const ageMs = Math.max(0, row.at.getTime() - row.recorded_at.getTime());
  return { ...by, state: stateOf(ageMs, limits), ...toPlace(row), age_ms: ageMs };
}
