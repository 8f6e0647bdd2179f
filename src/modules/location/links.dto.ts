import { PositionView } from 'src/modules/location/location.dto';
import { z } from 'zod';

/** Where somebody is, for whoever has the link: a name and a position, no ids. */
export const LinkView = PositionView.omit({ user_id: true, share_id: true })
  .extend({ name: z.string().describe('The owner’s name.') })
  .meta({
    id: 'LinkedPosition',
    example: {
      name: 'Ana',
      share_expires_at: '2026-01-31T10:30:00.000Z',
      precision: 'exact',
      state: 'live',
      latitude: 45.7722,
      longitude: 14.3577,
      accuracy: 8,
      altitude: null,
      speed: 1.4,
      heading: 92,
      recorded_at: '2026-01-31T09:30:00.000Z',
      timestamp: '2026-01-31T09:30:00.000Z',
      age_ms: 1200,
    },
  });
export type LinkView = z.infer<typeof LinkView>;
