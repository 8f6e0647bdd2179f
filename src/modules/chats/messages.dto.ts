import { listView } from 'src/core/http/paging';
import { id, instant, text } from 'src/core/fields/fields';
import type { MessageRow } from 'src/modules/chats/messages.repository';
import { z } from 'zod';

const LONGEST_TEXT = 16_384;

export const clientId = () => z.string().regex(/^[\x21-\x7e]{1,128}$/);

export const SendMessage = z
  .object({
    content: text({ min: 1, max: LONGEST_TEXT }),
    message_type: z.literal('text').default('text'),
    reply_to_id: id().nullable().optional(),
    client_id: clientId().optional().describe('Your own name of the message: sending it again gives the first answer.'),
  })
  .meta({ id: 'SendMessage', example: { content: 'Where are you?', client_id: '6f2c1d0e-1' } });
export type SendMessage = z.infer<typeof SendMessage>;

export const MessageView = z
  .object({
    id: id(),
    chat_id: id(),
    seq: z.int().describe('The number under which it was sent: its place in the chat.'),
    client_id: z.string().nullable(),
    sender_id: z.uuid(),
    sender_name: z.string(),
    sender_username: z.string(),
    sender_avatar_url: z.string().nullable(),
    content: z.string(),
    message_type: z.literal('text'),
    reply_to_id: id().nullable(),
    reply_to_content: z.string().nullable().describe('The beginning of what it answers.'),
    reply_to_sender: z.string().nullable(),
    is_edited: z.boolean(),
    created_at: instant(),
    updated_at: instant(),
  })
  .meta({
    id: 'Message',
    example: {
      id: 4711,
      chat_id: 12,
      seq: 3,
      client_id: '6f2c1d0e-1',
      sender_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      sender_name: 'Ana',
      sender_username: 'ana',
      sender_avatar_url: null,
      content: 'Where are you?',
      message_type: 'text',
      reply_to_id: null,
      reply_to_content: null,
      reply_to_sender: null,
      is_edited: false,
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type MessageView = z.infer<typeof MessageView>;

export const toMessageView = (row: MessageRow): MessageView => ({
  id: row.id,
  chat_id: row.chat_id,
  seq: row.seq,
  client_id: row.client_id,
  sender_id: row.sender_id,
  sender_name: row.sender_name,
  sender_username: row.sender_username,
  sender_avatar_url: row.sender_avatar_url,
  content: row.content,
  message_type: row.message_type,
  reply_to_id: row.reply_to_id,
  reply_to_content: row.reply_to_content,
  reply_to_sender: row.reply_to_sender,
  is_edited: row.is_edited,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

const place = () => z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

/** Without either bound: the newest. `before_seq` goes back in time, newest first; `after_seq` forward, oldest first. */
export const MessagesQuery = z
  .object({
    before_seq: place(),
    after_seq: place(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: z.string().max(512).optional(),
  })
  .refine(({ before_seq, after_seq }) => before_seq === undefined || after_seq === undefined, {
    path: ['after_seq'],
    params: { code: 'either_or' },
    error: 'either before_seq or after_seq',
  });
export type MessagesQuery = z.infer<typeof MessagesQuery>;

export const MessageListView = listView('messages', MessageView)
  .extend({
    last_seq: z.int().describe('The number of the newest change of the chat: ignore events of it up to this one.'),
  })
  .meta({ id: 'MessageList' });
export type MessageListView = z.infer<typeof MessageListView>;
