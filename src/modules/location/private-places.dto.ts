import { id, instant, latitude, longitude, text } from 'src/core/fields/fields';
import { z } from 'zod';

export const CreatePrivatePlace = z
  .object({
    name: text({ min: 1, max: 100 }),
    latitude: latitude(),
    longitude: longitude(),
    radius_meters: z.number().min(50).max(5000).default(200),
  })
  .meta({
    id: 'CreatePrivatePlace',
    example: { name: 'Home', latitude: 45.7722, longitude: 14.3577, radius_meters: 200 },
  });
export type CreatePrivatePlace = z.infer<typeof CreatePrivatePlace>;

export const PrivatePlaceView = z
  .object({
    id: id(),
    name: z.string(),
    latitude: latitude(),
    longitude: longitude(),
    radius_meters: z.number(),
    created_at: instant(),
  })
  .meta({ id: 'PrivatePlace' });
export type PrivatePlaceView = z.infer<typeof PrivatePlaceView>;

export const PrivatePlacesView = z.object({ places: z.array(PrivatePlaceView) }).meta({ id: 'PrivatePlaces' });
export type PrivatePlacesView = z.infer<typeof PrivatePlacesView>;
