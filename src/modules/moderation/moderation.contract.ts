import { numbered, type Jobs, type Pushes } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { REASONS } from 'src/modules/moderation/moderation.entities';
import { z } from 'zod';

export const moderationJobs = {
  /** Files of what was reported go some time after it has been resolved. */
  'moderation.let_files_go': { queue: 'upkeep', data: z.object({}), every: 3_600_000 },
} satisfies Jobs;

export const moderationPushes = {
  moderation_warning: {
    about: 'The moderators warn you. Who reported you is not told.',
    body: numbered(
      z.object({
        reason: z.enum(REASONS),
        chat_id: id().nullable(),
        message_id: id().nullable().describe('The message that it is about; null: you yourself.'),
      }),
    ),
  },
} satisfies Pushes;
