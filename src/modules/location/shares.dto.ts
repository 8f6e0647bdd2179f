import { listView } from 'src/core/http/paging';
import { id, instant, instantInput } from 'src/core/fields/fields';
import type { ShareRow } from 'src/modules/location/shares.repository';
import { PersonView, toPersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

/** The longest that a share can last, in minutes. */
export const LONGEST_SHARE = 1440;

const end = {
  duration_minutes: z.int().min(1).max(LONGEST_SHARE).nullish().describe('From now; either this or `expires_at`.'),
  expires_at: instantInput().nullish().describe('At most 24 hours from now.'),
};
type End = { duration_minutes?: number | null; expires_at?: Date | null };

const notBoth = ({ duration_minutes, expires_at }: End) => duration_minutes == null || expires_at == null;
const EITHER = { path: ['expires_at'], params: { code: 'either_or' } };

export const CreateShare = z
  .object({ target_user_id: z.uuid().describe('Who may see the caller’s position.'), ...end })
  .refine(notBoth, EITHER)
  .meta({
    id: 'CreateLocationShare',
    example: { target_user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', duration_minutes: 60 },
  });
export type CreateShare = z.infer<typeof CreateShare>;

export const UpdateShare = z
  .object(end)
  .refine(notBoth, EITHER)
  .refine(({ duration_minutes, expires_at }) => duration_minutes ?? expires_at, {
    path: ['expires_at'],
    params: { code: 'required' },
  })
  .meta({ id: 'UpdateLocationShare', example: { duration_minutes: 15 } });
export type UpdateShare = z.infer<typeof UpdateShare>;

export const ShareView = z
  .object({
    id: id(),
    user_id: z.uuid().describe('Whose position it is.'),
    target_user_id: z.uuid().describe('Who may see it.'),
    user: PersonView,
    target_user: PersonView,
    expires_at: instant(),
    is_active: z.boolean().describe('Neither stopped nor expired.'),
    created_at: instant(),
    updated_at: instant(),
  })
  .meta({
    id: 'LocationShare',
    example: {
      id: 5,
      user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      target_user_id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
      user: { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', username: 'ana', display_name: 'Ana', avatar_url: null },
      target_user: {
        id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
        username: 'ben',
        display_name: 'Ben',
        avatar_url: null,
      },
      expires_at: '2026-01-31T10:30:00.000Z',
      is_active: true,
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type ShareView = z.infer<typeof ShareView>;

export const ShareListView = listView('shares', ShareView).meta({ id: 'LocationShares' });
export type ShareListView = z.infer<typeof ShareListView>;

export const toShareView = (row: ShareRow): ShareView => ({
  id: row.id,
  user_id: row.user_id,
  target_user_id: row.target_user_id,
  user: toPersonView({
    id: row.user_id,
    username: row.username,
    displayName: row.display_name,
    avatarUrl: row.avatar_url,
  }),
  target_user: toPersonView({
    id: row.target_user_id,
    username: row.target_username,
    displayName: row.target_display_name,
    avatarUrl: row.target_avatar_url,
  }),
  expires_at: row.expires_at.toISOString(),
  is_active: row.is_live,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** What both sides are told of a share over their sockets. */
export const ShareNews = ShareView.extend({ share_id: id(), sharer_id: z.uuid() });
export const toShareNews = (share: ShareView): z.infer<typeof ShareNews> => ({
  ...share,
  share_id: share.id,
  sharer_id: share.user_id,
});

export const ShareStopped = z.object({
  share_id: id(),
  sharer_id: z.uuid(),
  user_id: z.uuid(),
  target_user_id: z.uuid(),
  reason: z.enum(['stopped', 'expired']),
  stopped_at: instant(),
});
export const toShareStopped = (row: ShareRow): z.infer<typeof ShareStopped> => ({
  share_id: row.id,
  sharer_id: row.user_id,
  user_id: row.user_id,
  target_user_id: row.target_user_id,
  reason: row.stopped_at && row.stopped_at < row.expires_at ? 'stopped' : 'expired',
  stopped_at: (row.stopped_at ?? row.expires_at).toISOString(),
});
