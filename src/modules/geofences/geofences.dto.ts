import { id, idParam, instant, latitude, longitude, text } from 'src/core/fields/fields';
import { PageQuery, listView } from 'src/core/http/paging';
import type { EventRow, GeofenceRow } from 'src/modules/geofences/geofences.repository';
import { z } from 'zod';

const radius = () => z.number().min(10).max(100_000);

const flags = {
  notify_on_entry: z.boolean().optional().describe('Tell me when I arrive (true if not given).'),
  notify_on_exit: z.boolean().optional().describe('Tell me when I leave (true if not given).'),
  trigger_on_enter: z.boolean().optional().describe('The same as `notify_on_entry`.'),
  trigger_on_exit: z.boolean().optional().describe('The same as `notify_on_exit`.'),
  is_active: z.boolean().optional().describe('false: it is not watched.'),
};
const EXAMPLE = { name: 'Home', center_latitude: 45.7722, center_longitude: 14.3577, radius_meters: 150 };

export const CreateGeofence = z
  .object({
    name: text({ min: 1, max: 100 }),
    center_latitude: latitude(),
    center_longitude: longitude(),
    radius_meters: radius().optional().describe('Metres; required.'),
    radius: radius().optional().describe('The same as `radius_meters`.'),
    ...flags,
  })
  .refine(({ radius_meters, radius }) => radius_meters ?? radius, {
    path: ['radius_meters'],
    params: { code: 'required' },
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
    ...flags,
  })
  .meta({ id: 'UpdateGeofence', example: { radius_meters: 200, notify_on_exit: false } });
export type UpdateGeofence = z.infer<typeof UpdateGeofence>;

/** What can be said of a fence, as the code calls it. */
export interface Fence {
  name: string;
  centerLatitude: number;
  centerLongitude: number;
  radiusMeters: number;
  notifyOnEntry: boolean;
  notifyOnExit: boolean;
  isActive: boolean;
}

/** What a body says of a fence; the rest is as it was before. */
export const toFence = (body: UpdateGeofence, before: Partial<Fence>): Fence =>
  ({
    name: body.name ?? before.name,
    centerLatitude: body.center_latitude ?? before.centerLatitude,
    centerLongitude: body.center_longitude ?? before.centerLongitude,
    radiusMeters: body.radius_meters ?? body.radius ?? before.radiusMeters,
    notifyOnEntry: body.notify_on_entry ?? body.trigger_on_enter ?? before.notifyOnEntry ?? true,
    notifyOnExit: body.notify_on_exit ?? body.trigger_on_exit ?? before.notifyOnExit ?? true,
    isActive: body.is_active ?? before.isActive ?? true,
  }) as Fence;

export const GeofenceView = z
  .object({
    id: id(),
    name: z.string(),
    center_latitude: latitude(),
    center_longitude: longitude(),
    radius_meters: z.number(),
    radius: z.number(),
    notify_on_entry: z.boolean(),
    notify_on_exit: z.boolean(),
    trigger_on_enter: z.boolean(),
    trigger_on_exit: z.boolean(),
    is_active: z.boolean(),
    is_inside: z.boolean().nullable().describe('On which side the caller is; null until a position tells.'),
    created_at: instant(),
    updated_at: instant(),
  })
  .meta({
    id: 'Geofence',
    example: {
      id: 9,
      ...EXAMPLE,
      radius: 150,
      notify_on_entry: true,
      notify_on_exit: true,
      trigger_on_enter: true,
      trigger_on_exit: true,
      is_active: true,
      is_inside: false,
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type GeofenceView = z.infer<typeof GeofenceView>;

export const toGeofenceView = (row: GeofenceRow): GeofenceView => ({
  id: row.id,
  name: row.name,
  center_latitude: row.center_latitude,
  center_longitude: row.center_longitude,
  radius_meters: row.radius_meters,
  radius: row.radius_meters,
  notify_on_entry: row.notify_on_entry,
  notify_on_exit: row.notify_on_exit,
  trigger_on_enter: row.notify_on_entry,
  trigger_on_exit: row.notify_on_exit,
  is_active: row.is_active,
  is_inside: row.side === 'unknown' ? null : row.side === 'inside',
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

export const GeofenceListView = listView('geofences', GeofenceView).meta({ id: 'Geofences' });
export type GeofenceListView = z.infer<typeof GeofenceListView>;

const EventType = z.enum(['entry', 'exit']);

export const EventsQuery = PageQuery.extend({ geofence_id: idParam().optional(), event_type: EventType.optional() });
export type EventsQuery = z.infer<typeof EventsQuery>;

/** A crossing, in lists and over sockets alike. */
export const GeofenceEventView = z
  .object({
    id: id(),
    geofence_id: id(),
    geofence_name: z.string(),
    user_id: z.uuid(),
    event_type: EventType,
    latitude: latitude(),
    longitude: longitude(),
    accuracy: z.number().nullable(),
    location: z.object({ latitude: latitude(), longitude: longitude(), accuracy: z.number().nullable() }),
    distance_meters: z.number().describe('From the centre.'),
    location_id: id().describe('The point that made it certain: place and time are its.'),
    first_location_id: id().describe('The first point beyond the border.'),
    recorded_at: instant(),
    timestamp: instant().describe('The same as `recorded_at`.'),
    crossed_at: instant().describe('When the first point beyond the border was recorded.'),
    created_at: instant(),
  })
  .meta({ id: 'GeofenceEvent' });
export type GeofenceEventView = z.infer<typeof GeofenceEventView>;

export const toEventView = (row: EventRow): GeofenceEventView => ({
  id: row.id,
  geofence_id: row.geofence_id,
  geofence_name: row.geofence_name,
  user_id: row.user_id,
  event_type: row.event_type,
  latitude: row.latitude,
  longitude: row.longitude,
  accuracy: row.accuracy,
  location: { latitude: row.latitude, longitude: row.longitude, accuracy: row.accuracy },
  distance_meters: Math.round(row.distance_meters * 10) / 10,
  location_id: row.location_id,
  first_location_id: row.first_location_id,
  recorded_at: row.recorded_at.toISOString(),
  timestamp: row.recorded_at.toISOString(),
  crossed_at: row.crossed_at.toISOString(),
  created_at: row.created_at.toISOString(),
});

export const EventListView = listView('events', GeofenceEventView).meta({ id: 'GeofenceEvents' });
export type EventListView = z.infer<typeof EventListView>;
