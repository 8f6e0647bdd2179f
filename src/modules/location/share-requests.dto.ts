import { id, instant } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { PersonView, personOfRow, toPersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const CreateShareRequest = z
  .object({ user_id: z.uuid().describe('Whose position the caller would like to see.') })
  .meta({ id: 'CreateLocationRequest', example: { user_id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322' } });
export type CreateShareRequest = z.infer<typeof CreateShareRequest>;

export const ShareRequestView = z
  .object({
    id: id(),
    user: PersonView.describe('Who asks.'),
    target_user: PersonView.describe('Who is asked.'),
    state: z.enum(['pending', 'accepted', 'declined', 'withdrawn']),
    share_id: id().nullable().describe('By which it was accepted.'),
    created_at: instant(),
    decided_at: instant().nullable(),
  })
  .meta({ id: 'LocationRequest' });
export type ShareRequestView = z.infer<typeof ShareRequestView>;

export const ShareRequestListView = listView('requests', ShareRequestView).meta({ id: 'LocationRequests' });
export type ShareRequestListView = z.infer<typeof ShareRequestListView>;

/** What both sides are told of a request. */
export const ShareRequestNews = z.object({
  request_id: id(),
  user_id: z.uuid(),
  target_user_id: z.uuid(),
  state: z.enum(['pending', 'accepted', 'declined', 'withdrawn']),
  share_id: id().nullable(),
});

export interface ShareRequestRow {
  id: number;
  user_id: string;
  target_user_id: string;
  state: ShareRequestView['state'];
  share_id: number | null;
  created_at: Date;
  decided_at: Date | null;
  username: string;
  display_name: string | null;
  avatar_url: string | null;
  target_username: string;
  target_display_name: string | null;
  target_avatar_url: string | null;
}

export const toShareRequestView = (row: ShareRequestRow): ShareRequestView => ({
  id: row.id,
  user: personOfRow(row),
  target_user: toPersonView({
    id: row.target_user_id,
    username: row.target_username,
    displayName: row.target_display_name,
    avatarUrl: row.target_avatar_url,
  }),
  state: row.state,
  share_id: row.share_id,
  created_at: row.created_at.toISOString(),
  decided_at: row.decided_at?.toISOString() ?? null,
});

export const toShareRequestNews = (row: ShareRequestRow): z.infer<typeof ShareRequestNews> => ({
  request_id: row.id,
  user_id: row.user_id,
  target_user_id: row.target_user_id,
  state: row.state,
  share_id: row.share_id,
});
