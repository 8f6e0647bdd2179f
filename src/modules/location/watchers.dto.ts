import { id, instant } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { PRECISIONS } from 'src/modules/location/precision';
import type { ReadRow } from 'src/modules/location/reads.repository';
import { READ_EXITS } from 'src/modules/location/shares.entities';
import { PersonView, toPersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

const WatcherView = z
  .object({
    user: PersonView.nullable().describe('null: whoever has the link.'),
    share_id: id(),
    audience: z.enum(['user', 'chat', 'contacts', 'link']),
    chat_id: id().nullable(),
    precision: z.enum(PRECISIONS),
    shows_history: z.boolean(),
    since: instant(),
    expires_at: instant().nullable(),
    last_read_at: instant().nullable().describe('When a position last went out to them.'),
  })
  .meta({ id: 'LocationWatcher' });
export type WatcherView = z.infer<typeof WatcherView>;

export const WatchersView = z
  .object({
    watchers: z.array(WatcherView),
    total: z.int(),
    nearby: z
      .object({ precision: z.enum(PRECISIONS), since: instant(), expires_at: instant().nullable() })
      .nullable()
      .describe('That whoever is near by and wants to be found can find the caller; null: nobody can.'),
  })
  .meta({ id: 'LocationWatchers' });
export type WatchersView = z.infer<typeof WatchersView>;

const ReadView = z
  .object({
    id: id(),
    user: PersonView.nullable().describe('null: somebody who had the link.'),
    share_id: id(),
    exit: z.enum(READ_EXITS).describe('How it reached them; `fence`: in an event at a fence of others.'),
    precision: z.enum(PRECISIONS).describe('The finest that they got within that hour.'),
    first_at: instant(),
    last_at: instant(),
    count: z.int().describe('So many times within that hour.'),
  })
  .meta({ id: 'LocationRead' });
type ReadView = z.infer<typeof ReadView>;
export const ReadListView = listView('reads', ReadView).meta({ id: 'LocationReads' });
export type ReadListView = z.infer<typeof ReadListView>;

export const toReadView = (row: ReadRow): ReadView => ({
  id: row.id,
  user:
    row.viewer_id === null
      ? null
      : toPersonView({
          id: row.viewer_id,
          username: row.username!,
          displayName: row.display_name,
          avatarUrl: row.avatar_url,
        }),
  share_id: row.share_id,
  exit: row.exit,
  precision: row.precision,
  first_at: row.first_at.toISOString(),
  last_at: row.last_at.toISOString(),
  count: row.count,
});
