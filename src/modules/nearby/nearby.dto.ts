import { instant } from 'src/core/fields/fields';
import { PersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const NearbyQuery = z.object({
  radius_meters: z.coerce
    .number()
    .min(100)
    .max(50_000)
    .default(1000)
    .describe('Metres; rounded up to the end of a band.'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type NearbyQuery = z.infer<typeof NearbyQuery>;

export const NearbyView = z
  .object({
    users: z
      .array(z.object({ user: PersonView, distance: z.object({ from_meters: z.number(), to_meters: z.number() }) }))
      .describe('Nearer bands first; within a band in no order.'),
    radius_meters: z.number().describe('The end of the band that the radius lies in.'),
    complete: z.boolean().describe('false while the index is being filled anew: there may be others.'),
  })
  .meta({
    id: 'NearbyUsers',
    example: {
      users: [
        {
          user: { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', username: 'ana', display_name: 'Ana', avatar_url: null },
          distance: { from_meters: 1000, to_meters: 2000 },
        },
      ],
      radius_meters: 2000,
      complete: true,
    },
  });
export type NearbyView = z.infer<typeof NearbyView>;

export const UpdateVisibility = z
  .object({
    visible: z.boolean(),
    duration_minutes: z.int().min(1).max(1440).nullish().describe('From now; until you say otherwise if not given.'),
  })
  .meta({ id: 'UpdateNearbyVisibility', example: { visible: true, duration_minutes: 120 } });
export type UpdateVisibility = z.infer<typeof UpdateVisibility>;

export const VisibilityView = z
  .object({ visible: z.boolean(), expires_at: instant().nullable() })
  .meta({ id: 'NearbyVisibility', example: { visible: true, expires_at: '2026-01-31T10:30:00.000Z' } });
export type VisibilityView = z.infer<typeof VisibilityView>;
