import { id, instant, instantInput, latitude, longitude } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { PRECISIONS } from 'src/modules/location/precision';
import type { ShareRow } from 'src/modules/location/shares.repository';
import { PersonView, personOfRow, toPersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

/** The longest that a share with an end can last, in minutes. */
export const LONGEST_SHARE = 1440;

const Arrival = z.object({
  latitude: latitude(),
  longitude: longitude(),
  radius_meters: z.number().min(50).max(5000).default(100),
});

const terms = {
  duration_minutes: z.int().min(1).max(LONGEST_SHARE).nullish().describe('From now; or `expires_at`.'),
  expires_at: instantInput().nullish().describe('1 minute to 24 hours from now.'),
  until_stopped: z.boolean().nullish().describe('It has no end of its own.'),
  until_arrival: Arrival.nullish().describe('It ends when you get there, if not before. Only you see this place.'),
  precision: z
    .enum(PRECISIONS)
    .nullish()
    .describe('`exact`, or within about 100 m (`street`), 1 km (`neighbourhood`), 10 km (`city`).'),
  shows_history: z.boolean().nullish().describe('Whether your history since the share began is shown too.'),
};
type Ends = { duration_minutes?: unknown; expires_at?: unknown; until_stopped?: unknown };

const oneEnd = ({ duration_minutes, expires_at, until_stopped }: Ends) =>
  [duration_minutes, expires_at, until_stopped || null].filter((end) => end != null).length <= 1;
const EITHER = { path: ['expires_at'], params: { code: 'either_or' } };

export const CreateShare = z
  .object({
    audience: z
      .enum(['user', 'chat', 'contacts', 'link'])
      .nullish()
      .describe(
        'Needed for `contacts` (all with whom you have begun a private chat, or written in one) and `link`; else it follows from the id.',
      ),
    target_user_id: z.uuid().nullish().describe('Who may see your position.'),
    chat_id: id().nullish().describe('Whose members may see it, as long as they are members and you are one.'),
    ...terms,
    password: z.string().min(4).max(200).nullish().describe('Of a link: asked of whoever opens it.'),
    max_views: z.int().min(1).max(100_000).nullish().describe('Of a link: it answers so many times.'),
  })
  .refine(oneEnd, EITHER)
  .refine(
    ({ audience, target_user_id, chat_id }) =>
      [target_user_id, chat_id, audience === 'contacts' || audience === 'link' || null].filter((one) => one != null)
        .length === 1,
    { path: ['target_user_id'], params: { code: 'one_audience' } },
  )
  .refine(({ audience, password, max_views }) => audience === 'link' || (password ?? max_views) == null, {
    path: ['password'],
    params: { code: 'links_only' },
  })
  .meta({
    id: 'CreateLocationShare',
    example: { target_user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', duration_minutes: 60, precision: 'street' },
  });
export type CreateShare = z.infer<typeof CreateShare>;

/** What is left out stays as it is. */
export const UpdateShare = z
  .object({ ...terms, is_active: z.boolean().nullish().describe('false: the same as `DELETE`.') })
  .refine(oneEnd, EITHER)
  .refine((change) => Object.values(change).some((value) => value != null), {
    path: ['expires_at'],
    params: { code: 'required' },
  })
  .meta({ id: 'UpdateLocationShare', example: { duration_minutes: 15, precision: 'city' } });
export type UpdateShare = z.infer<typeof UpdateShare>;

/** The terms on which somebody who asked is let in. */
export const AcceptShareRequest = z
  .object(terms)
  .refine(oneEnd, EITHER)
  .meta({ id: 'AcceptLocationRequest', example: { duration_minutes: 60 } });
export type AcceptShareRequest = z.infer<typeof AcceptShareRequest>;

export const ShareView = z
  .object({
    id: id(),
    user_id: z.uuid().describe('Whose position it is.'),
    audience: z.enum(['user', 'chat', 'contacts', 'link']),
    target_user_id: z.uuid().nullable().describe('Of `user`: who may see it.'),
    chat_id: id().nullable().describe('Of `chat`: whose members may see it.'),
    user: PersonView,
    target_user: PersonView.nullable(),
    precision: z.enum(PRECISIONS),
    shows_history: z.boolean(),
    expires_at: instant().nullable().describe('null: until it is stopped.'),
    ends_on_arrival: z.boolean(),
    is_active: z.boolean().describe('Neither stopped nor expired.'),
    end_reason: z.enum(['stopped', 'expired', 'arrived']).nullable(),
    stopped_at: instant().nullable(),
    created_at: instant(),
    updated_at: instant(),
    own: z
      .object({
        until_arrival: Arrival.nullable(),
        has_password: z.boolean(),
        views: z.int(),
        max_views: z.int().nullable(),
      })
      .nullable()
      .describe('What only the owner sees.'),
  })
  .meta({
    id: 'LocationShare',
    example: {
      id: 5,
      user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      audience: 'user',
      target_user_id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
      chat_id: null,
      user: { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', username: 'ana', display_name: 'Ana', avatar_url: null },
      target_user: {
        id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
        username: 'ben',
        display_name: 'Ben',
        avatar_url: null,
      },
      precision: 'street',
      shows_history: false,
      expires_at: '2026-01-31T10:30:00.000Z',
      ends_on_arrival: false,
      is_active: true,
      end_reason: null,
      stopped_at: null,
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
      own: { until_arrival: null, has_password: false, views: 0, max_views: null },
    },
  });
export type ShareView = z.infer<typeof ShareView>;

export const ShareListView = listView('shares', ShareView).meta({ id: 'LocationShares' });
export type ShareListView = z.infer<typeof ShareListView>;

/** A share that has just been made; of a link, with what nobody is told again. */
export const NewShareView = ShareView.extend({
  token: z.string().nullable().describe('Of a link: for `GET /location/links/{token}`. It is not told again.'),
}).meta({ id: 'NewLocationShare' });
export type NewShareView = z.infer<typeof NewShareView>;

export const StoppedSharesView = z.object({ stopped: z.int() }).meta({ id: 'StoppedLocationShares' });
export type StoppedSharesView = z.infer<typeof StoppedSharesView>;

const arrivalOf = ({ arrival_latitude: lat, arrival_longitude: lon, arrival_radius: radius }: ShareRow) =>
  lat === null ? null : { latitude: lat, longitude: lon!, radius_meters: radius! };

/** That one has blocked the other is nobody's business: it was stopped. */
const reasonOf = ({ end_reason: reason }: ShareRow) => (reason === 'blocked' ? 'stopped' : reason);

/** A share as its owner or one of those who may see it sees it. */
export const toShareView = (row: ShareRow, viewerId: string): ShareView => ({
  id: row.id,
  user_id: row.user_id,
  audience: row.audience,
  target_user_id: row.target_user_id,
  chat_id: row.chat_id,
  user: personOfRow(row),
  target_user:
    (row.target_user_id &&
      toPersonView({
        id: row.target_user_id,
        username: row.target_username!,
        displayName: row.target_display_name,
        avatarUrl: row.target_avatar_url,
      })) ||
    null,
  precision: row.precision,
  shows_history: row.shows_history,
  expires_at: row.expires_at?.toISOString() ?? null,
  ends_on_arrival: row.arrival_radius !== null,
  is_active: row.is_live,
  end_reason: row.is_live ? null : (reasonOf(row) ?? 'expired'),
  stopped_at: row.is_live ? null : (row.stopped_at ?? row.expires_at)!.toISOString(),
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  own:
    viewerId === row.user_id
      ? {
          until_arrival: arrivalOf(row),
          has_password: row.has_password,
          views: row.views,
          max_views: row.max_views,
        }
      : null,
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
  audience: z.enum(['user', 'chat', 'contacts', 'link']),
  target_user_id: z.uuid().nullable(),
  chat_id: id().nullable(),
  reason: z.enum(['stopped', 'expired', 'arrived']),
  stopped_at: instant(),
});
export const toShareStopped = (row: ShareRow): z.infer<typeof ShareStopped> => ({
  share_id: row.id,
  sharer_id: row.user_id,
  user_id: row.user_id,
  audience: row.audience,
  target_user_id: row.target_user_id,
  chat_id: row.chat_id,
  reason: reasonOf(row) ?? 'expired',
  stopped_at: (row.stopped_at ?? row.expires_at)!.toISOString(),
});
