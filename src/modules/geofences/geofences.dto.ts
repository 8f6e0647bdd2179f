import { id, idParam, instant, instantInput, latitude, longitude, text } from 'src/core/fields/fields';
import { PageQuery, listView } from 'src/core/http/paging';
import { circleAround, MOST_POSITIONS, type Ring } from 'src/modules/geofences/polygons';
import type { CrossingRow, EventRow } from 'src/modules/geofences/events.repository';
import type { WatchState } from 'src/modules/geofences/geofences.entities';
import { REASONS } from 'src/modules/geofences/geofences.matcher';
import type { GeofenceRow } from 'src/modules/geofences/geofences.repository';
import { z } from 'zod';

const radius = () => z.number().min(10).max(100_000);
const DAY_S = 86_400;
const Polygon = z.object({
  type: z.literal('Polygon'),
  coordinates: z
    .array(
      z
        .array(z.tuple([longitude(), latitude()]))
        .min(4)
        .max(MOST_POSITIONS),
    )
    .min(1)
    .max(MOST_POSITIONS)
    .describe('The border, then holes: closed rings of [longitude, latitude], at most 2,000 positions in all.'),
});

const EventType = z.enum(['entry', 'exit', 'dwell']);

export const WATCH_STATES = ['asked', 'accepted', 'declined', 'withdrawn', 'ended'] as const satisfies WatchState[];

const description = () => text({ max: 500 }).nullish();
const options = {
  description: description(),
  notify_on_entry: z.boolean().optional().describe('Tell me when I arrive (true if not given).'),
  notify_on_exit: z.boolean().optional().describe('Tell me when I leave (true if not given).'),
  notify_on_dwell: z.boolean().optional().describe('Tell me when I have stayed (true if not given).'),
  trigger_on_enter: z.boolean().optional().describe('The same as `notify_on_entry`.'),
  trigger_on_exit: z.boolean().optional().describe('The same as `notify_on_exit`.'),
  trigger_on_dwell: z.boolean().optional().describe('The same as `notify_on_dwell`.'),
  dwell_seconds: z
    .int()
    .min(60)
    .max(7 * DAY_S)
    .nullish()
    .describe('Staying so long inside is an event, also if the device falls silent; null: it is none.'),
  cooldown_seconds: z
    .int()
    .min(0)
    .max(DAY_S)
    .optional()
    .describe('For so long after telling of an event, others of the same type are kept but not told.'),
  expires_at: instantInput().nullish().describe('From then on it is not watched; null: it has no end.'),
  is_active: z.boolean().optional().describe('false: it is not watched.'),
};
const EXAMPLE = { name: 'Home', center_latitude: 45.7722, center_longitude: 14.3577, radius_meters: 150 };

export const CreateGeofence = z
  .object({
    name: text({ min: 1, max: 100 }),
    center_latitude: latitude().optional().describe('Of a circle.'),
    center_longitude: longitude().optional(),
    radius_meters: radius().optional().describe('Of a circle, in metres.'),
    radius: radius().optional().describe('The same as `radius_meters`.'),
    geometry: Polygon.optional().describe('A polygon, in place of a circle.'),
    ...options,
    subject_id: z
      .uuid()
      .optional()
      .describe('Somebody who shares his position with you, for whom the fence is in place of you: he is asked first.'),
    chat_id: id()
      .optional()
      .describe('A chat: the fence is for those of its members who share with it, and tells all of them.'),
  })
  .check(({ value, issues }) => {
    if (value.subject_id !== undefined && value.chat_id !== undefined)
      issues.push({ code: 'custom', input: value, path: ['subject_id'], params: { code: 'either_or' } });
    const { geometry, center_latitude, center_longitude, radius_meters = value.radius } = value;
    const circle = { center_latitude, center_longitude, radius_meters };
    for (const [field, given] of Object.entries(circle))
      if ((given === undefined) === (geometry === undefined))
        issues.push({
          code: 'custom',
          input: value,
          path: [geometry ? 'geometry' : field],
          params: { code: geometry ? 'either_or' : 'required' },
        });
  })
  .meta({ id: 'CreateGeofence', example: EXAMPLE });
export type CreateGeofence = z.infer<typeof CreateGeofence>;

/** What is left out stays as it is. */
export const UpdateGeofence = z
  .object({
    name: text({ min: 1, max: 100 }).optional(),
    center_latitude: latitude().optional(),
    center_longitude: longitude().optional(),
    radius_meters: radius().optional(),
    radius: radius().optional(),
    geometry: Polygon.nullish().describe('A polygon from now on; null: a circle, which is then to be given.'),
    ...options,
  })
  .meta({ id: 'UpdateGeofence', example: { radius_meters: 200, notify_on_exit: false } });
export type UpdateGeofence = z.infer<typeof UpdateGeofence>;

/** What can be said of a fence, as the code calls it. */
export interface Fence {
  name: string;
  description: string | null;
  centerLatitude: number;
  centerLongitude: number;
  radiusMeters: number;
  /** A polygon's rings; centre and radius are those of the circle around it. */
  boundary: Ring[] | null;
  notifyOnEntry: boolean;
  notifyOnExit: boolean;
  notifyOnDwell: boolean;
  dwellSeconds: number | null;
  cooldownSeconds: number;
  expiresAt: Date | null;
  isActive: boolean;
}

/** What a body says of a fence; the rest is as it was before. */
export const toFence = (body: UpdateGeofence, before: Partial<Fence>): Fence =>
  ({
    name: body.name ?? before.name,
    description: given(body.description, before.description),
    ...shapeOf(body, before),
    notifyOnEntry: body.notify_on_entry ?? body.trigger_on_enter ?? before.notifyOnEntry ?? true,
    notifyOnExit: body.notify_on_exit ?? body.trigger_on_exit ?? before.notifyOnExit ?? true,
    notifyOnDwell: body.notify_on_dwell ?? body.trigger_on_dwell ?? before.notifyOnDwell ?? true,
    dwellSeconds: given(body.dwell_seconds, before.dwellSeconds),
    cooldownSeconds: body.cooldown_seconds ?? before.cooldownSeconds ?? 0,
    expiresAt: given(body.expires_at, before.expiresAt),
    isActive: body.is_active ?? before.isActive ?? true,
  }) as Fence;

function shapeOf({ geometry, ...body }: UpdateGeofence, before: Partial<Fence>): Partial<Fence> {
  if (geometry) {
    const { centre, radius: radiusMeters } = circleAround(geometry.coordinates);
    const [centerLatitude, centerLongitude] = [centre.latitude, centre.longitude];
    return { centerLatitude, centerLongitude, radiusMeters, boundary: geometry.coordinates };
  }
  return {
    centerLatitude: body.center_latitude ?? before.centerLatitude,
    centerLongitude: body.center_longitude ?? before.centerLongitude,
    radiusMeters: body.radius_meters ?? body.radius ?? before.radiusMeters,
    boundary: geometry === null ? null : (before.boundary ?? null),
  };
}

/** null takes away what was before; what is left out leaves it. */
const given = <T>(value: T | null | undefined, before: T | null | undefined): T | null =>
  value === undefined ? (before ?? null) : value;

export const GeofenceView = z
  .object({
    id: id(),
    owner_id: z.uuid(),
    subject_id: z.uuid().nullable().describe('For whom it is, if for another.'),
    chat_id: id().nullable().describe('For whose members it is.'),
    watch_state: z
      .enum(WATCH_STATES)
      .nullable()
      .describe(
        'What the one says for whom it is. Only an `accepted` one sees him; `ended` is what he agreed to with his share.',
      ),
    name: z.string(),
    description: z.string().nullable(),
    center_latitude: latitude(),
    center_longitude: longitude(),
    radius_meters: z.number().describe('Of a polygon: of the circle around it.'),
    radius: z.number(),
    geometry: Polygon.nullable().describe('null: a circle.'),
    notify_on_entry: z.boolean(),
    notify_on_exit: z.boolean(),
    notify_on_dwell: z.boolean(),
    trigger_on_enter: z.boolean(),
    trigger_on_exit: z.boolean(),
    trigger_on_dwell: z.boolean(),
    dwell_seconds: z.int().nullable(),
    cooldown_seconds: z.int(),
    expires_at: instant().nullable(),
    is_active: z.boolean(),
    is_inside: z.boolean().nullable().describe('On which side the caller is; null until a position tells.'),
    side_since: instant().nullable().describe('Since when he is known to be there.'),
    revision: z
      .int()
      .describe('Counts how often it was moved, reshaped or switched on: whoever agrees says to which he does.'),
    created_at: instant(),
    updated_at: instant(),
  })
  .meta({
    id: 'Geofence',
    example: {
      id: 9,
      owner_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      subject_id: null,
      chat_id: null,
      watch_state: null,
      ...EXAMPLE,
      description: null,
      radius: 150,
      geometry: null,
      notify_on_entry: true,
      notify_on_exit: true,
      notify_on_dwell: true,
      trigger_on_enter: true,
      trigger_on_exit: true,
      trigger_on_dwell: true,
      dwell_seconds: 600,
      cooldown_seconds: 0,
      expires_at: null,
      is_active: true,
      is_inside: false,
      side_since: '2026-01-31T09:30:00.000Z',
      revision: 0,
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type GeofenceView = z.infer<typeof GeofenceView>;

export const toGeofenceView = (row: GeofenceRow, watchState?: WatchState): GeofenceView => ({
  id: row.id,
  owner_id: row.user_id,
  subject_id: row.subject_id,
  chat_id: row.chat_id,
  watch_state: watchState ?? null,
  name: row.name,
  description: row.description,
  center_latitude: row.center_latitude,
  center_longitude: row.center_longitude,
  radius_meters: row.radius_meters,
  radius: row.radius_meters,
  geometry: row.boundary && { type: 'Polygon', coordinates: row.boundary },
  notify_on_entry: row.notify_on_entry,
  notify_on_exit: row.notify_on_exit,
  notify_on_dwell: row.notify_on_dwell,
  trigger_on_enter: row.notify_on_entry,
  trigger_on_exit: row.notify_on_exit,
  trigger_on_dwell: row.notify_on_dwell,
  dwell_seconds: row.dwell_seconds,
  cooldown_seconds: row.cooldown_seconds,
  expires_at: row.expires_at && row.expires_at.toISOString(),
  is_active: row.is_active,
  is_inside: row.side === 'unknown' ? null : row.side === 'inside',
  side_since: row.since && row.since.toISOString(),
  revision: row.shape,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

export const GeofenceListView = listView('geofences', GeofenceView).meta({ id: 'Geofences' });
export type GeofenceListView = z.infer<typeof GeofenceListView>;

export const GeofencesQuery = PageQuery.extend({ chat_id: idParam().optional().describe('Those of a chat.') });
export type GeofencesQuery = z.infer<typeof GeofencesQuery>;

export const EventsQuery = PageQuery.extend({
  geofence_id: idParam().optional(),
  user_id: z.uuid().optional().describe('Whose crossings.'),
  event_type: EventType.optional(),
  start: instantInput().optional().describe('Recorded at this moment or after it.'),
  end: instantInput().optional().describe('Recorded before this moment.'),
});
export type EventsQuery = z.infer<typeof EventsQuery>;

const Witness = z.object({
  location_id: id(),
  recorded_at: instant(),
  border_meters: z.number().describe('From the border; negative inside.'),
  confidence: z.number().min(0).max(1),
});

/** What a crossing looks like, whether it is one of a fence or of a trial. */
export const crossing = {
  event_type: EventType,
  reason: z
    .enum(REASONS)
    .describe(
      'Why it is believed. `fixes`: three points in a row say so; `seconds`: two in a row, at least 5 s apart; `passage`: the way ' +
        'between two points leads through; `stay`: a point after that time says so; `silence`: none says otherwise.',
    ),
  confidence: z.number().min(0).max(1).describe('How surely it is true: an estimate.'),
  evidence: z.array(Witness).describe('The points that made it.'),
  latitude: latitude(),
  longitude: longitude(),
  accuracy: z.number().nullable(),
  location: z.object({ latitude: latitude(), longitude: longitude(), accuracy: z.number().nullable() }),
  distance_meters: z.number().describe('Of `location` from the centre.'),
  border_meters: z.number().describe('Of `location` from the border; negative inside.'),
  location_id: id().describe(
    'The point that made it certain; of a dwell in silence, the newest one: `location` is its. Points of somebody else have numbers ' +
      'here that are those of the fence alone.',
  ),
  first_location_id: id().describe('The first point of `evidence`.'),
  recorded_at: instant().describe(
    'When it was certain: the time of that point, or the moment until which one had to stay.',
  ),
  timestamp: instant().describe('The same as `recorded_at`.'),
  crossed_at: instant().describe(
    'When it happened: the time of the first point beyond the border; of a dwell, since when.',
  ),
};

/** A crossing, in lists and over sockets alike. */
export const GeofenceEventView = z
  .object({
    id: id(),
    geofence_id: id(),
    geofence_name: z.string(),
    user_id: z.uuid().describe('Who crossed it.'),
    owner_id: z.uuid().describe('Who has drawn it.'),
    chat_id: id().nullable(),
    precision: z
      .enum(['exact', 'street', 'neighbourhood', 'city'])
      .describe('How precisely the fence saw him: all places here are such.'),
    ...crossing,
    is_late: z.boolean().describe('Its points came so late that nobody was told.'),
    created_at: instant(),
  })
  .meta({ id: 'GeofenceEvent' });
export type GeofenceEventView = z.infer<typeof GeofenceEventView>;

const metres = (value: number) => Math.round(value * 10) / 10;

/** What a point is called by whoever reads of a crossing. */
type Naming = (locationId: number) => number;

export const toCrossingView = (row: CrossingRow, nameOf: Naming = (id) => id) => ({
  event_type: row.event_type,
  reason: row.reason,
  confidence: row.confidence,
  evidence: row.evidence.map(({ locationId, at, offset, sureness }) => ({
    location_id: nameOf(locationId),
    recorded_at: new Date(at).toISOString(),
    border_meters: offset,
    confidence: sureness,
  })),
  latitude: row.latitude,
  longitude: row.longitude,
  accuracy: row.accuracy,
  location: { latitude: row.latitude, longitude: row.longitude, accuracy: row.accuracy },
  distance_meters: metres(row.distance_meters),
  border_meters: metres(row.border_meters),
  location_id: nameOf(row.location_id),
  first_location_id: nameOf(row.first_location_id),
  recorded_at: row.recorded_at.toISOString(),
  timestamp: row.recorded_at.toISOString(),
  crossed_at: row.crossed_at.toISOString(),
});

export const toEventView = (row: EventRow, nameOf?: Naming): GeofenceEventView => ({
  id: row.id,
  geofence_id: row.geofence_id,
  geofence_name: row.geofence_name,
  user_id: row.user_id,
  owner_id: row.owner_id,
  chat_id: row.chat_id,
  precision: row.precision ?? 'exact',
  ...toCrossingView(row, nameOf),
  is_late: row.silenced === 'late',
  created_at: row.created_at.toISOString(),
});

export const EventListView = listView('events', GeofenceEventView).meta({ id: 'GeofenceEvents' });
export type EventListView = z.infer<typeof EventListView>;
