import { numbered, type Facts, type Jobs, type Pushes, type Requests } from 'src/core/contract';
import { id, instant } from 'src/core/fields/fields';
import { LocationView, PositionView, RecordPoint } from 'src/modules/location/location.dto';
import { ShareRequestNews } from 'src/modules/location/share-requests.dto';
import { CreateShare, NewShareView, ShareNews, ShareStopped } from 'src/modules/location/shares.dto';
import { z } from 'zod';

const HOUR_MS = 3_600_000;
const AGES_MS = 10_000;

export const locationFacts = {
  /** Points that a follower of the user's fixes has to see. */
  'location.recorded': z.object({ user_id: z.uuid(), location_ids: z.array(id()).min(1) }),
  /** Somebody whose moves concern others has a newer position. */
  'location.moved': z.object({ user_id: z.uuid(), location_id: id() }),
  /** A share has begun, or has other terms. */
  'location_share.granted': z.object({ share_id: id() }),
  'location_share.stopped': z.object({ share_id: id() }),
  'location.requested': z.object({ request_id: id() }),
  /** A request has its answer, or was taken back. */
  'location.request_decided': z.object({ request_id: id() }),
  /** Somebody keeps nothing any more of where he was from a moment on (null: ever) until another. */
  'location.history_deleted': z.object({ user_id: z.uuid(), start: instant().nullable(), end: instant() }),
  /** What others see of somebody has changed, though he has not moved. */
  'location.shown_anew': z.object({ user_id: z.uuid() }),
} satisfies Facts;

export const locationJobs = {
  'location.end_share': { queue: 'clock', data: z.object({ share_id: id(), expires_at: instant() }) },
  'location.tell_ages': { queue: 'clock', data: z.object({}), every: AGES_MS, attempts: 1 },
  /** Makes room for coming weeks and lets go of what nobody keeps any more. */
  'location.tend': { queue: 'upkeep', data: z.object({}), every: HOUR_MS, attempts: 1 },
  'location.import': { queue: 'slow', data: z.object({ import_id: id() }) },
  /** Makes the stored history fit what its user has chosen now; `dropped`: what he then chose to keep no more, whatever he has chosen since. */
  'location.apply_choice': {
    queue: 'slow',
    data: z.object({ user_id: z.uuid(), dropped: z.object({ before: instant(), stored_by: instant() }).nullish() }),
  },
} satisfies Jobs;

export const locationRequests = {
  location_update: {
    about: 'Where the caller is. Acknowledged when it is durable; with `client_id` a retry is safe.',
    body: RecordPoint,
    ack: LocationView,
  },
  location_share_start: {
    about: 'Let somebody see the caller’s position, for an hour if no end is given. Again: the share gets these terms.',
    body: CreateShare,
    ack: NewShareView,
  },
  location_share_stop: {
    about: 'End a share of the caller’s position.',
    body: z.object({ share_id: id() }),
    ack: z.object({ share_id: id() }),
  },
} satisfies Requests;

export const locationPushes = {
  location_share_started: {
    about: 'You share your position, or the share has other terms.',
    body: numbered(ShareNews),
  },
  location_share_received: {
    about:
      'Somebody shares a position with you (yourself, a chat of yours, or all contacts), or the share has other terms.',
    body: numbered(ShareNews),
  },
  location_share_stopped: {
    about: 'A share, given or received, has ended: `stopped` by its owner, `expired`, or `arrived`.',
    body: numbered(ShareStopped),
  },
  location_request_changed: {
    about: 'Somebody asks you to share your position, or a request of yours or to you has been decided.',
    body: numbered(ShareRequestNews),
  },
  shared_location_update: {
    about:
      'Where somebody is who shares with you: when the share starts, when you connect, when he moves, and when the state of what ' +
      'you have changes. The newest wins: what was overtaken is not sent, and what is older than what you have is to be ignored.',
    body: PositionView.extend({ share_id: id() }),
    newestOf: 'user_id',
  },
} satisfies Pushes;
