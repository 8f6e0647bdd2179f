import { listView } from 'src/core/http/paging';
import { instant } from 'src/core/fields/fields';
import type { BlockRow } from 'src/modules/users/blocks.repository';
import { PersonView, toPersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const BlockUser = z
  .object({ user_id: z.uuid() })
  .meta({ id: 'BlockUser', example: { user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11' } });
export type BlockUser = z.infer<typeof BlockUser>;

export const BlockedView = PersonView.extend({ blocked_at: instant() }).meta({
  id: 'Blocked',
  example: {
    id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
    username: 'ben',
    display_name: 'Ben',
    avatar_url: null,
    blocked_at: '2026-01-31T09:30:00.000Z',
  },
});
export type BlockedView = z.infer<typeof BlockedView>;

export const BlockedListView = listView('users', BlockedView).meta({ id: 'BlockedList' });
export type BlockedListView = z.infer<typeof BlockedListView>;

export const toBlockedView = (row: BlockRow): BlockedView => ({
  ...toPersonView(row),
  blocked_at: row.blockedAt.toISOString(),
});
