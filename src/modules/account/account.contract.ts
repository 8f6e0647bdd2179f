import type { Facts, Jobs, Pushes } from 'src/core/contract';
import { id, instant } from 'src/core/fields/fields';
import { MAIL_ATTEMPTS } from 'src/core/jobs/attempts';
import { z } from 'zod';

const MINUTE_MS = 60_000;

export const accountFacts = {
  /** An account has been closed and is to be deleted. */
  'account.deletion_scheduled': z.object({ user_id: z.uuid() }),
  'export.ready': z.object({ export_id: id(), user_id: z.uuid() }),
} satisfies Facts;

export const accountPushes = {
  export_ready: {
    about: 'The export of the user’s data can be fetched: `GET /profile/export` has the link.',
    body: z.object({ size_bytes: z.int(), expires_at: instant() }),
  },
} satisfies Pushes;

export const accountJobs = {
  'account.make_export': { queue: 'long', data: z.object({ export_id: id() }), attempts: 5 },
  'account.erase': { queue: 'long', data: z.object({ user_id: z.uuid() }), attempts: 5 },
  'account.mail_deletion': { queue: 'mail', data: z.object({ user_id: z.uuid() }), attempts: MAIL_ATTEMPTS },
  'account.mail_export': { queue: 'mail', data: z.object({ export_id: id() }), attempts: MAIL_ATTEMPTS },
  'account.begin_erasures': { queue: 'upkeep', data: z.object({}), every: MINUTE_MS },
  'account.forget_exports': { queue: 'upkeep', data: z.object({}), every: 10 * MINUTE_MS },
} satisfies Jobs;
