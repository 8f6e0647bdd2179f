import { id, idParam, instantInput, json, latitude, longitude } from 'src/core/fields/fields';
import { CreateGeofence, crossing } from 'src/modules/geofences/geofences.dto';
import type { TrailPoint } from 'src/modules/location/trails.service';
import { z } from 'zod';

const MOST_POINTS = 5000;

const TrialPoint = z.object({
  latitude: latitude(),
  longitude: longitude(),
  accuracy: z.number().min(0).max(1e7).nullish(),
  recorded_at: instantInput().optional(),
  timestamp: instantInput().optional(),
  is_mock: z.boolean().nullish(),
});

const chosen = {
  geofence_id: id().optional().describe('A fence that the caller has drawn; or `geofence`.'),
  geofence: CreateGeofence.optional().describe('A fence as if it were new; nothing is kept.'),
};
const hasOneFence = (body: { geofence_id?: unknown; geofence?: unknown }) =>
  (body.geofence_id === undefined) !== (body.geofence === undefined);
const ONE_FENCE = { path: ['geofence'], params: { code: 'either_or' } };

/** The fence to try. */
export type ChosenFence = Pick<TryGeofence, 'geofence_id' | 'geofence'>;

/** A fence, there already or only thought of, and a way to try it on: points, or a span of the caller's own history. */
export const TryGeofence = z
  .object({
    ...chosen,
    points: z
      .array(
        TrialPoint.refine((point) => point.recorded_at ?? point.timestamp, {
          path: ['recorded_at'],
          params: { code: 'required' },
        }),
      )
      .min(1)
      .max(MOST_POINTS)
      .optional()
      .describe('A way, in any order; points are numbered from 1 as they are given.'),
    start: instantInput()
      .optional()
      .describe('In place of points: the caller’s history from this moment on, 366 days at most.'),
    end: instantInput().optional().describe('Up to before this moment; without `start`, the 366 days before it.'),
  })
  .refine(hasOneFence, ONE_FENCE)
  .refine(({ points, start, end }) => (points === undefined) === (start !== undefined || end !== undefined), {
    path: ['points'],
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
export const toFixes = (points: NonNullable<TryGeofence['points']>): TrailPoint[] =>
  points
    .map((point, index) => ({
      id: index + 1,
      latitude: point.latitude,
      longitude: point.longitude,
      accuracy: point.accuracy ?? null,
      recordedAt: (point.recorded_at ?? point.timestamp)!,
      isMock: point.is_mock ?? false,
    }))
    .sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime() || a.id - b.id);

/** The text fields of a track's upload: the fence to try on it. */
export const TrackFields = z
  .object({ geofence_id: idParam().optional(), geofence: json().pipe(CreateGeofence).optional() })
  .refine(hasOneFence, ONE_FENCE);

export const TrialView = z
  .object({
    events: z
      .array(z.object(crossing))
      .describe('Oldest first, at most 1,000. Location ids are those of the history, or the numbers of the points.'),
    points: z
      .int()
      .describe('So many were believed: those that would be flagged `mock`, `jump` or `low_accuracy` are not.'),
    is_complete: z.boolean().describe('false: there are more events, and the way was not followed further.'),
    is_inside: z.boolean().nullable().describe('On which side the way ends; null if no point is good enough to tell.'),
  })
  .meta({ id: 'GeofenceTrial' });
export type TrialView = z.infer<typeof TrialView>;
