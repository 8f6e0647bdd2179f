import { id, instantInput, latitude, longitude } from 'src/core/fields/fields';
import { CreateGeofence, crossing } from 'src/modules/geofences/geofences.dto';
import type { Fix } from 'src/modules/geofences/geofences.matcher';
import { z } from 'zod';

const MOST_POINTS = 5000;

const TrialPoint = z.object({
  latitude: latitude(),
  longitude: longitude(),
  accuracy: z.number().min(0).max(1e7).nullish(),
  recorded_at: instantInput().optional(),
  timestamp: instantInput().optional(),
});

/** A fence, there already or only thought of, and a way to try it on. */
export const TryGeofence = z
  .object({
    geofence_id: id().optional().describe('One of the caller’s fences; or `geofence`.'),
    geofence: CreateGeofence.optional().describe('A fence as if it were new; nothing is kept.'),
    points: z
      .array(
        TrialPoint.refine((point) => point.recorded_at ?? point.timestamp, {
          path: ['recorded_at'],
          params: { code: 'required' },
        }),
      ) // prettier-ignore
      .min(1)
      .max(MOST_POINTS)
      .describe('A way, in any order; points are numbered from 1 as they are given.'),
  })
  .refine((body) => (body.geofence_id === undefined) !== (body.geofence === undefined), {
    path: ['geofence'],
    params: { code: 'either_or' },
  })
  .meta({
    id: 'TryGeofence',
    example: {
      geofence: { name: 'Home', center_latitude: 45.7722, center_longitude: 14.3577, radius_meters: 150 },
      points: [{ latitude: 45.7722, longitude: 14.3577, accuracy: 8, recorded_at: '2026-01-31T09:30:00.000Z' }],
    },
  });
export type TryGeofence = z.infer<typeof TryGeofence>;

/** The points as fixes in the order of their recording, numbered as they were given. */
export const toFixes = (points: TryGeofence['points']): Fix[] =>
  points
    .map((point, index) => ({
      id: index + 1,
      latitude: point.latitude,
      longitude: point.longitude,
      accuracy: point.accuracy ?? null,
      recordedAt: (point.recorded_at ?? point.timestamp)!,
    }))
    .sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime() || a.id - b.id);

export const TrialView = z
  .object({
    events: z.array(z.object(crossing)).describe('Oldest first. Their location ids are the numbers of the points.'),
    is_inside: z.boolean().nullable().describe('On which side the way ends; null if no point is good enough to tell.'),
  })
  .meta({ id: 'GeofenceTrial' });
export type TrialView = z.infer<typeof TrialView>;
