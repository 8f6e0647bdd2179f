import type { Facts } from 'src/core/contract';
import { z } from 'zod';

export const userFacts = {
  /** The status a user chose, or who may see it. */
  'user.presence_changed': z.object({ user_id: z.uuid() }),
  'user.blocked': z.object({ user_id: z.uuid(), other_id: z.uuid() }),
  'user.unblocked': z.object({ user_id: z.uuid(), other_id: z.uuid() }),
} satisfies Facts;
