import { numbered, type Facts, type Jobs, type Pushes } from 'src/core/contract';
import { id, instant } from 'src/core/fields/fields';
import { GeofenceEventView } from 'src/modules/geofences/geofences.dto';
import { WatchNews } from 'src/modules/geofences/watches.dto';
import { z } from 'zod';

const HOUR_MS = 3_600_000;

export const geofenceFacts = {
  'geofence.crossed': z.object({ event_id: id(), geofence_id: id(), user_id: z.uuid() }),
  /** A fence asks somebody whether it may watch him. */
  'geofence.watch_asked': z.object({ geofence_id: id(), user_id: z.uuid() }),
  /** Somebody has said whether a fence may watch him. */
  'geofence.watch_decided': z.object({ geofence_id: id(), user_id: z.uuid() }),
} satisfies Facts;

export const geofenceJobs = {
  /** Somebody who came into a fence at a moment may have stayed long enough. */
  'geofence.dwell': {
    queue: 'clock',
    data: z.object({ user_id: z.uuid(), geofence_id: id(), since: instant() }),
  },
  /** A fence asks for another stay than before, or ends at another moment: clocks for those who are inside. */
  'geofence.await_dwells': { queue: 'events', data: z.object({ geofence_id: id() }) },
  'geofence.forget_events': { queue: 'upkeep', data: z.object({}), every: HOUR_MS },
} satisfies Jobs;

export const geofencePushes = {
  geofence_event: {
    about:
      'You have entered or left one of your fences, or stayed in it, and it tells you of that; or somebody has whom it is for, and ' +
      'whose share lets you know. Missed ones are in the list of events. `id` ascends in the order in which they happened: of two within ' +
      'a moment the second may come first.',
    body: GeofenceEventView,
  },
  geofence_watch_changed: {
    about: 'A fence asks whether it may watch you, or you it another; or that was decided, or has ended.',
    body: numbered(WatchNews),
  },
} satisfies Pushes;
