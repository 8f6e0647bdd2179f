import type { Facts, Pushes } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { GeofenceEventView } from 'src/modules/geofences/geofences.dto';
import { z } from 'zod';

export const geofenceFacts = {
  'geofence.crossed': z.object({ event_id: id(), geofence_id: id(), user_id: z.uuid() }),
} satisfies Facts;

export const geofencePushes = {
  geofence_event: {
    about:
      'You have entered or left one of your fences, which tells you of that. Missed ones are in the list of events.',
    body: GeofenceEventView,
  },
} satisfies Pushes;
