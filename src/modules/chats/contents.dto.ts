import { listView, PageQuery } from 'src/core/http/paging';
import { id, instant, instantInput, text, textInBytes } from 'src/core/fields/fields';
import { emoji } from 'src/modules/chats/emoji';
import type { EditRow } from 'src/modules/chats/contents.repository';
import { LONGEST_TEXT, MediaType, MessageType } from 'src/modules/chats/message-types';
import { MessageView, ReactionView } from 'src/modules/chats/messages.dto';
import { z } from 'zod';

const MOST_REACTIONS = 3;

export const EditMessage = z
  .object({ content: textInBytes({ max: LONGEST_TEXT }).describe('The new text; of a caption it may be empty.') })
  .meta({ id: 'EditMessage', example: { content: 'Where are you now?' } });
export type EditMessage = z.infer<typeof EditMessage>;

export const DeleteMessageQuery = z.object({
  for: z.enum(['all', 'me']).default('all').describe('Whose view it goes from.'),
});
export type DeleteMessageQuery = z.infer<typeof DeleteMessageQuery>;

export const React = z
  .object({
    emojis: z
      .array(emoji())
      .max(MOST_REACTIONS)
      .transform((emojis) => [...new Set(emojis)])
      .describe('The caller’s reactions from now on; none takes them back.'),
  })
  .meta({ id: 'React', example: { emojis: ['👍'] } });
export type React = z.infer<typeof React>;

export const ReactionsView = z
  .object({
    chat_id: id(),
    message_id: id(),
    user_id: z.uuid(),
    emojis: z.array(z.string()).describe('That user’s.'),
    reactions: z.array(ReactionView).describe('Everybody’s.'),
  })
  .meta({
    id: 'Reactions',
    example: {
      chat_id: 12,
      message_id: 4711,
      user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      emojis: ['👍'],
      reactions: [{ emoji: '👍', count: 1, user_ids: ['0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11'] }],
    },
  });
export type ReactionsView = z.infer<typeof ReactionsView>;

export const EditView = z.object({ content: z.string(), written_at: instant() }).meta({
  id: 'Edit',
  example: { content: 'Were are you?', written_at: '2026-01-31T09:30:00.000Z' },
});
export type EditView = z.infer<typeof EditView>;

export const toEditView = (row: EditRow): EditView => ({
  content: row.content,
  written_at: row.writtenAt.toISOString(),
});

export const EditListView = listView('edits', EditView).meta({ id: 'EditList' });
export type EditListView = z.infer<typeof EditListView>;

/** In a query a list comes as one value or as several. */
const some = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((given) => (given === undefined ? given : [given].flat()), z.array(item).max(20).optional());

export const SearchQuery = PageQuery.extend({
  q: text({ min: 1, max: 200 }).describe(
    'Words or their beginnings, or any part of a text in a script without spaces.',
  ),
  sender_id: z.uuid().optional(),
  type: some(MessageType).describe('One type or several.'),
  from: instantInput().optional().describe('Sent at this instant or later.'),
  to: instantInput().optional().describe('Sent before this instant.'),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

/** Messages out of their order in a chat, newest first. */
export const FoundMessagesView = listView('messages', MessageView).meta({ id: 'FoundMessages' });
export type FoundMessagesView = z.infer<typeof FoundMessagesView>;

export const MediaQuery = PageQuery.extend({
  type: some(MediaType)
    .transform((types) => types ?? MediaType.options)
    .describe('One type or several; all if not given.'),
});
export type MediaQuery = z.infer<typeof MediaQuery>;

export const ThreadView = listView('messages', MessageView)
  .extend({
    root: MessageView.nullable().describe(
      'The message with which it began; null if you have cleared it or deleted it for yourself.',
    ),
  })
  .meta({ id: 'Thread' });
export type ThreadView = z.infer<typeof ThreadView>;
