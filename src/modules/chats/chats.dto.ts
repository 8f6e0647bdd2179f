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
}).meta({ id: 'Participant' });
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
    last_seq: z.int().describe('The number of the newest message.'),
    last_read_seq: z.int().describe('The caller has read up to this number.'),
    unread_count: z.int(),
    participant_count: z.int(),
    last_message: MessageView.nullable(),
  })
  .meta({ id: 'Chat' });
export type ChatView = z.infer<typeof ChatView>;

export const ChatDetailView = ChatView.extend({ participants: z.array(ParticipantView) }).meta({ id: 'ChatDetail' });
export type ChatDetailView = z.infer<typeof ChatDetailView>;

export const ChatListView = listView('chats', ChatView).meta({ id: 'ChatList' });
export type ChatListView = z.infer<typeof ChatListView>;

export const ReceiptView = z
  .object({ chat_id: id(), user_id: z.uuid(), message_id: id(), seq: z.int(), at: instant() })
  .meta({ id: 'Receipt' });
export type ReceiptView = z.infer<typeof ReceiptView>;
