import type { Facts, Jobs } from 'src/core/contract';
import { z } from 'zod';

export const authFacts = {
  'session.ended': z.object({ session_id: z.uuid(), reason: z.enum(['signed_out', 'revoked']) }),
} satisfies Facts;

const HOUR_MS = 3_600_000;

export const authJobs = {
  'auth.forget_sessions': { queue: 'clock', data: z.object({}), every: HOUR_MS },
} satisfies Jobs;
