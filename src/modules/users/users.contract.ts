import { numbered, type Facts, type Pushes } from 'src/core/contract';
import { instant } from 'src/core/fields/fields';
import { z } from 'zod';

export const userFacts = {
  /** The status a user chose, or who may see it. */
  'user.presence_changed': z.object({ user_id: z.uuid() }),
  /** How a user is shown to others: his name or picture. */
  'user.renamed': z.object({ user_id: z.uuid() }),
  'user.blocked': z.object({ user_id: z.uuid(), other_id: z.uuid(), since: instant().optional() }),
  'user.unblocked': z.object({ user_id: z.uuid(), other_id: z.uuid() }),
} satisfies Facts;

export const userPushes = {
  block_changed: {
    about: 'You have blocked or unblocked somebody, on this device or another.',
    body: numbered(z.object({ user_id: z.uuid(), is_blocked: z.boolean() })),
  },
} satisfies Pushes;
