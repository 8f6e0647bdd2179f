import { listView } from 'src/core/http/paging';
import { id, instant, text } from 'src/core/fields/fields';
import { MessageView } from 'src/modules/chats/messages.dto';
import { PersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

const LARGEST_GROUP = 1000;

export const CreateChat = z
  .object({
    chat_type: z.enum(['private', 'group']).default('private'),
    participant_ids: z
      .array(z.uuid())
      .min(1)
      .max(LARGEST_GROUP - 1)
      .describe('The others; of a private chat exactly one.'),
    name: text({ min: 1, max: 100 }).optional().describe('A group must have one.'),
    description: text({ max: 500 }).optional(),
  })
  .meta({
    id: 'CreateChat',
    example: { chat_type: 'group', name: 'Hikers', participant_ids: ['0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11'] },
  });
export type CreateChat = z.infer<typeof CreateChat>;

const Role = z.enum(['owner', 'admin', 'member']);

export const ParticipantView = PersonView.extend({
  user_id: z.uuid(),
  role: Role,
  joined_at: instant(),
  last_read_seq: z.int(),
  last_delivered_seq: z.int(),
}).meta({
  id: 'Participant',
  example: {
    id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
    username: 'ana',
    display_name: 'Ana',
    avatar_url: null,
    user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
    role: 'owner',
    joined_at: '2026-01-31T09:30:00.000Z',
    last_read_seq: 3,
    last_delivered_seq: 3,
  },
});
export type ParticipantView = z.infer<typeof ParticipantView>;

/** A chat as one participant sees it. */
export const ChatView = z
  .object({
    id: id(),
    chat_type: z.enum(['private', 'group']),
    name: z.string().describe('Of a private chat: the other person’s.'),
    description: z.string().nullable(),
    avatar_url: z.string().nullable(),
    created_by: z.uuid(),
    created_at: instant(),
    updated_at: instant().describe('Also when the last message was sent.'),
    last_seq: z.int().describe('The number of the newest change, message or other; what is shown here is not older.'),
    last_read_seq: z.int().describe('The caller has read up to this number.'),
    unread_count: z.int(),
    unread_mentions: z.int().describe('Unread messages that name the caller or address everybody.'),
    participant_count: z.int(),
    last_message: MessageView.nullable(),
  })
  .meta({
    id: 'Chat',
    example: {
      id: 12,
      chat_type: 'group',
      name: 'Hikers',
      description: null,
      avatar_url: null,
      created_by: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
      last_seq: 0,
      last_read_seq: 0,
      unread_count: 0,
      unread_mentions: 0,
      participant_count: 3,
      last_message: null,
    },
  });
export type ChatView = z.infer<typeof ChatView>;

export const ChatDetailView = ChatView.extend({ participants: z.array(ParticipantView) }).meta({ id: 'ChatDetail' });
export type ChatDetailView = z.infer<typeof ChatDetailView>;

export const ChatListView = listView('chats', ChatView).meta({ id: 'ChatList' });
export type ChatListView = z.infer<typeof ChatListView>;

export const ReceiptView = z
  .object({ chat_id: id(), user_id: z.uuid(), message_id: id(), seq: z.int(), at: instant() })
  .meta({
    id: 'Receipt',
    example: {
      chat_id: 12,
      user_id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
      message_id: 4711,
      seq: 3,
      at: '2026-01-31T09:30:00.000Z',
    },
  });
export type ReceiptView = z.infer<typeof ReceiptView>;
