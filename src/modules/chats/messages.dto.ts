import { listView } from 'src/core/http/paging';
import { id, idParam, instant } from 'src/core/fields/fields';
import { MessageContent, MessageMetadata, MessageType, type Notice } from 'src/modules/chats/message-types';
import { noticeText } from 'src/modules/chats/notices';
import { FileView, toFileView } from 'src/modules/files/files.dto';
import type { MessageLine, MessageRow } from 'src/modules/chats/messages.repository';
import { shownName } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const clientId = () => z.string().regex(/^[\x21-\x7e]{1,128}$/);

export const SendMessage = MessageContent.and(
  z.object({
    reply_to_id: id().nullable().optional().describe('The message that this one answers, and quotes.'),
    thread_id: id().nullable().optional().describe('The message with which the thread began that this one belongs to.'),
    client_id: clientId().optional().describe('Your own name of the message: sending it again gives the first answer.'),
  }),
).meta({ id: 'SendMessage', example: { content: 'Where are you?', client_id: '6f2c1d0e-1' } });
export type SendMessage = z.infer<typeof SendMessage>;

/** Who answered with an emoji. */
export const ReactionView = z.object({
  emoji: z.string(),
  count: z.int(),
  user_ids: z.array(z.uuid()).describe('Whose, first come first; of very many the first 100.'),
});
export type ReactionView = z.infer<typeof ReactionView>;

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
    content: z
      .string()
      .describe('Empty where there is none, and of deleted messages. Of `system` ones made in your language.'),
    message_type: MessageType,
    metadata: MessageMetadata.nullable().describe('What it carries beside its content, as its type has it.'),
    file_id: id().nullable(),
    file: FileView.nullable().describe('null also when its owner has taken it back.'),
    file_url: z.string().nullable(),
    file_name: z.string().nullable(),
    file_size: z.int().nullable().describe('Bytes.'),
    thumbnail_url: z.string().nullable(),
    reply_to_id: id().nullable(),
    reply_to_content: z.string().nullable().describe('The beginning of what it answers, as that is now.'),
    reply_to_type: MessageType.nullable(),
    reply_to_sender: z.string().nullable(),
    reply_to_is_deleted: z.boolean(),
    thread_id: id().nullable().describe('The message with which its thread began.'),
    reply_count: z.int().describe('How many messages the thread has that began with this one, deleted ones included.'),
    mentions: z.array(z.uuid()).describe('Participants whom it names.'),
    mentions_all: z.boolean().describe('It addresses everybody.'),
    reactions: z.array(ReactionView),
    pinned_at: instant().nullable(),
    is_forwarded: z.boolean().describe('Its sender has passed it on: it was said elsewhere, or by somebody else.'),
    is_edited: z.boolean(),
    is_deleted: z.boolean().describe('Only that it was there is left of it.'),
    created_at: instant(),
    updated_at: instant().describe('When it was sent, edited or deleted.'),
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
      metadata: null,
      file_id: null,
      file: null,
      file_url: null,
      file_name: null,
      file_size: null,
      thumbnail_url: null,
      reply_to_id: null,
      reply_to_content: null,
      reply_to_type: null,
      reply_to_sender: null,
      reply_to_is_deleted: false,
      thread_id: null,
      reply_count: 0,
      mentions: [],
      mentions_all: false,
      reactions: [],
      pinned_at: null,
      is_forwarded: false,
      is_edited: false,
      is_deleted: false,
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type MessageView = z.infer<typeof MessageView>;

export function toMessageView(row: MessageRow): MessageView {
  const file = row.file && toFileView({ ...row.file, created_at: new Date(row.file.created_at) });
  return {
    id: row.id,
    chat_id: row.chat_id,
    seq: row.seq,
    client_id: row.client_id,
    sender_id: row.sender_id,
    sender_name: shownName(row.sender_name),
    sender_username: row.sender_username,
    sender_avatar_url: row.sender_avatar_url,
    content: row.names && row.metadata ? noticeText(row.metadata as Notice, row.names) : row.content,
    message_type: row.message_type,
    metadata: row.metadata,
    file_id: row.file_id,
    file,
    file_url: file?.file_url ?? null,
    file_name: file?.file_name ?? null,
    file_size: file?.file_size ?? null,
    thumbnail_url: file?.thumbnail_url ?? null,
    reply_to_id: row.reply_to_id,
    reply_to_content: row.reply_to_content,
    reply_to_type: row.reply_to_type,
    reply_to_sender: row.reply_to_sender && shownName(row.reply_to_sender),
    reply_to_is_deleted: row.reply_to_is_deleted,
    thread_id: row.thread_id,
    reply_count: row.reply_count,
    mentions: row.mentions,
    mentions_all: row.mentions_all,
    reactions: row.reactions,
    pinned_at: row.pinned_at?.toISOString() ?? null,
    is_forwarded: row.is_forwarded,
    is_edited: row.is_edited,
    is_deleted: row.is_deleted,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** The view of a message as JSON. */
export const toMessageJson = (line: MessageLine): string =>
  isView(line) ? line : JSON.stringify(toMessageView(rowOf(line)));

export const seqOf = (line: MessageLine): number =>
  (isView(line) ? (JSON.parse(line) as MessageView) : rowOf(line)).seq;

const isView = (line: MessageLine) => line.startsWith('{');

function rowOf(line: MessageLine): MessageRow {
  const [names, row] = JSON.parse(line) as [MessageRow['names'], MessageRow & MessageView];
  const { pinned_at: pinned, created_at: created, updated_at: updated } = row as MessageView;
  const times = { pinned_at: pinned && new Date(pinned), created_at: new Date(created), updated_at: new Date(updated) };
  return { ...row, ...times, names } as MessageRow;
}

const isGiven = (value: unknown) => value !== undefined;
const place = () => z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

/** Without either bound: the newest. `before_seq` goes back in time, newest first; `after_seq` forward, oldest first. */
export const MessagesQuery = z
  .object({
    before_seq: place(),
    after_seq: place(),
    around: idParam().optional().describe('The id of a message: the page has it in its middle, newest first.'),
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: z.string().max(512).optional(),
  })
  .refine(({ before_seq, after_seq, around }) => [before_seq, after_seq, around].filter(isGiven).length < 2, {
    path: ['after_seq'],
    params: { code: 'either_or' },
    error: 'only one of before_seq, after_seq and around',
  });
export type MessagesQuery = z.infer<typeof MessagesQuery>;

export const MessageListView = listView('messages', MessageView)
  .extend({
    last_seq: z.int().describe('The number of the newest change of the chat: ignore events of it up to this one.'),
  })
  .meta({ id: 'MessageList' });
export type MessageListView = z.infer<typeof MessageListView>;
