import type { Facts, Jobs } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { MAIL_ATTEMPTS } from 'src/core/jobs/attempts';
import { z } from 'zod';

export const authFacts = {
  'session.ended': z.object({ session_id: z.uuid(), reason: z.enum(['signed_out', 'revoked']) }),
} satisfies Facts;

/** What a code by mail is good for: `change` makes the address that it went to the one of the account. */
export const EmailPurpose = z.enum(['verify', 'reset', 'change']);
export type EmailPurpose = z.infer<typeof EmailPurpose>;

const HOUR_MS = 3_600_000;

export const authJobs = {
  'auth.forget_sessions': { queue: 'upkeep', data: z.object({}), every: HOUR_MS },
  'auth.mail_code': {
    queue: 'mail',
    attempts: MAIL_ATTEMPTS,
    data: z.object({ purpose: EmailPurpose.exclude(['change']), email: z.string(), language: z.string() }),
  },
  'auth.mail_change_code': {
    queue: 'mail',
    attempts: MAIL_ATTEMPTS,
    data: z.object({ user_id: z.uuid(), language: z.string() }),
  },
  /** To the address that was the account's before. */
  'auth.mail_email_changed': {
    queue: 'mail',
    attempts: MAIL_ATTEMPTS,
    data: z.object({ user_id: z.uuid(), email: z.string() }),
  },
  'auth.mail_sign_in': { queue: 'mail', data: z.object({ event_id: id() }), attempts: MAIL_ATTEMPTS },
} satisfies Jobs;
