import type { Jobs, Pushes, Requests } from 'src/core/contract';
import { z } from 'zod';

const HOUR_MS = 3_600_000;

export const coreJobs = {
  /** Often enough to be seen within half of `ISOLATED_AFTER_SECONDS`. */
  'core.see_redis': { queue: 'clock', data: z.object({}), every: 2_000, attempts: 1 },
  'core.forget_idempotency_keys': { queue: 'upkeep', data: z.object({}), every: HOUR_MS },
  'core.trim_streams': { queue: 'upkeep', data: z.object({}), every: HOUR_MS },
} satisfies Jobs;

export const coreRequests = {
  ping: {
    about: 'Is the connection alive, and what time is it at the server?',
    body: z.object({}),
    ack: z.object({ timestamp: z.iso.datetime() }),
  },
} satisfies Requests;

export const corePushes = {
  connection_established: {
    about: 'The first event of every connection, sent when all rooms are joined: from here on nothing is missed.',
    body: z.object({ user_id: z.uuid(), connection_id: z.string(), language: z.string() }),
  },
  sync_needed: {
    about:
      'Something was perhaps not told to this connection, as when the nodes could not reach each other: `sync` now, as after connecting.',
    body: z.object({}),
  },
  session_revoked: {
    about: 'The session of this connection has ended (sign-out, revocation); the server closes the connection.',
    body: z.object({ reason: z.enum(['signed_out', 'revoked']) }),
  },
  connection_replaced: {
    about:
      'The account has opened so many connections to this node that this one, its oldest, is closed. It should not come back by itself.',
    body: z.object({ most: z.int().describe('So many may be open at once.') }),
  },
  error: {
    about: 'A request failed that asked for no acknowledgement.',
    body: z.object({
      event: z.string(),
      code: z.string(),
      message: z.string(),
      params: z.record(z.string(), z.unknown()),
      errors: z
        .array(z.object({ field: z.string(), code: z.string(), message: z.string() }))
        .optional()
        .describe('Of `validation.failed`: which fields, and why.'),
    }),
  },
} satisfies Pushes;
