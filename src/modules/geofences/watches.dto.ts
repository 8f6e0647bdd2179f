import { id, instant } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { GeofenceView, toGeofenceView, WATCH_STATES } from 'src/modules/geofences/geofences.dto';
import type { WatchRow } from 'src/modules/geofences/watches.repository';
import { PersonView, personOfRow } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const Consent = z
  .object({
    accepted: z.boolean().describe('false: no, or no longer.'),
    revision: z.int().min(0).optional().describe('Of the fence as it was shown to who accepts; he must name it.'),
  })
  .refine(({ accepted, revision }) => !accepted || revision !== undefined, {
    path: ['revision'],
    params: { code: 'required' },
    error: 'to what?',
  })
  .meta({ id: 'GeofenceConsent', example: { accepted: true, revision: 0 } });
export type Consent = z.infer<typeof Consent>;

export const WatchView = z
  .object({
    geofence: GeofenceView,
    owner: PersonView.describe('Who has drawn it.'),
    state: z
      .enum(WATCH_STATES)
      .describe(
        '`asked`: it watches you once you accept; `accepted`: it watches you. To a chat’s fence you agree by sharing with the chat.',
      ),
    asked_at: instant(),
    decided_at: instant().nullable(),
  })
  .meta({ id: 'GeofenceWatch' });
export type WatchView = z.infer<typeof WatchView>;

export const toWatchView = (row: WatchRow): WatchView => ({
  geofence: toGeofenceView(row, row.watch_state),
  owner: personOfRow(row),
  state: row.watch_state,
  asked_at: row.asked_at.toISOString(),
  decided_at: row.decided_at && row.decided_at.toISOString(),
});

export const WatchListView = listView('watches', WatchView).meta({ id: 'GeofenceWatches' });
export type WatchListView = z.infer<typeof WatchListView>;

/** For both sides' streams: ids and state, no places. */
export const WatchNews = z.object({
  geofence_id: id(),
  owner_id: z.uuid(),
  user_id: z.uuid().describe('Whom it watches or asks.'),
  chat_id: id().nullable(),
  state: z.enum(WATCH_STATES),
});
export type WatchNews = z.infer<typeof WatchNews>;

export const toWatchNews = (row: WatchRow): WatchNews => ({
  geofence_id: row.id,
  owner_id: row.user_id,
  user_id: row.watched_id,
  chat_id: row.chat_id,
  state: row.watch_state,
});
