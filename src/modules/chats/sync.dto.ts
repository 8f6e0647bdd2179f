import { id, instantInput } from 'src/core/fields/fields';
import { ChatView } from 'src/modules/chats/chats.dto';
import { z } from 'zod';

const LARGEST_CURSOR = 100_000;
const MOST_CHATS = 5_000;
const MOST_EVENTS = 2_000;
const EVENTS = 500;

const cursor = (max: number) =>
  z.string().max(max).optional().describe('Where the last answer ended; without it, from nothing.');

export const SyncQuery = z.object({
  cursor: cursor(8_000),
  limit: z.coerce.number().int().min(1).max(MOST_EVENTS).default(EVENTS),
});
export type SyncQuery = z.infer<typeof SyncQuery>;

/** What a client holds: either the cursor of its last answer, or the numbers themselves. */
export const Sync = z
  .object({
    cursor: cursor(LARGEST_CURSOR),
    chats: z
      .record(z.string().regex(/^[1-9]\d{0,15}$/), z.int().min(0))
      .refine((chats) => Object.keys(chats).length <= MOST_CHATS, { params: { code: 'too_big', count: MOST_CHATS } })
      .optional()
      .describe('Chat ids and the numbers up to which all their changes are held.'),
    user_seq: z.int().min(0).optional().describe('The number up to which the user’s own stream is held.'),
    marks_since: instantInput().optional().describe('When receipts were last heard of: newer ones come again.'),
    limit: z
      .int()
      .min(1)
      .max(MOST_EVENTS)
      .default(EVENTS)
      .describe('Events in one answer. Those of one chat are parted only where they are more than about 1 MB.'),
  })
  .meta({ id: 'Sync', example: { chats: { '12': 40, '13': 7 }, user_seq: 5 } });
export type Sync = z.infer<typeof Sync>;

const Events = z.array(
  z.object({
    type: z.string().describe('The name of the push that told it live.'),
    data: z.record(z.string(), z.unknown()).describe('The body of that push.'),
  }),
);

export const ChatSyncView = z
  .object({
    chat_id: id(),
    last_seq: z
      .int()
      .describe('With what is here, all changes up to this number are held. More may follow: see `more`.'),
    gap: z.boolean().describe('Too much is missing to tell it one by one: drop what you hold of the chat.'),
    chat: ChatView.nullable().describe(
      'Of a chat that is new to you, or after a gap: the chat as it is. Page its messages with `before_seq`, and apply newer events.',
    ),
    events: Events.describe(
      'What was missed, in the order of `data.change_seq`, without what is gone or hidden for you; data hold the present state.',
    ),
    ...ChatView.pick({
      last_read_seq: true,
      message_count: true,
      read_count: true,
      unread_count: true,
      unread_mentions: true,
      updated_at: true,
    }).shape,
  })
  .meta({ id: 'ChatSync' });
export type ChatSyncView = z.infer<typeof ChatSyncView>;

const MarkView = z.object({
  chat_id: id(),
  user_id: z.uuid(),
  last_read_seq: z.int().nullable(),
  last_delivered_seq: z.int(),
  read_count: z.int().nullable().describe('Of the user himself, read on another device: as of the chat.'),
  unread_mentions: z.int().nullable().describe('The same.'),
});

export const SyncView = z
  .object({
    chats: z.array(ChatSyncView).describe('The chats in which something is missing.'),
    left: z.array(id()).describe('Chats you hold and take part in no more: drop them.'),
    user: z.object({
      last_seq: z
        .int()
        .describe('With what is here, all events up to this number are held. More may follow: see `more`.'),
      gap: z
        .boolean()
        .describe('Older events are gone: fetch anew what belongs to no chat (shares, fences, settings …).'),
      events: Events.describe(
        'What was missed of the user’s own stream, in the order of `data.user_seq`. Apply it before `left` and `chats`.',
      ),
    }),
    marks: z
      .array(MarkView)
      .describe('Receipts that moved, your own first, at most 2,000. Marks only rise: keep the larger.'),
    cursor: z.string().describe('For the next `sync`.'),
    more: z.boolean().describe('Not all is here: ask again with the cursor, at once.'),
  })
  .meta({ id: 'SyncAnswer' });
export type SyncView = z.infer<typeof SyncView>;
