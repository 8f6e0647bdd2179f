import { numbered, type Pushes } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { REASONS } from 'src/modules/moderation/moderation.entities';
import { z } from 'zod';

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
