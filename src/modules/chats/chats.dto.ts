import { listView, PageQuery } from 'src/core/http/paging';
import { id, instant, text } from 'src/core/fields/fields';
import { MessageView } from 'src/modules/chats/messages.dto';
import { ParticipantView } from 'src/modules/chats/participants.dto';
import { z } from 'zod';

const MOST_AT_ONCE = 1000;
const LONGEST_SLOW_MODE = 3600;

const groupName = () => text({ min: 1, max: 100 });
const groupDescription = () => text({ max: 500 });

export const CreateChat = z
  .object({
    chat_type: z.enum(['private', 'group', 'saved']).default('private').describe('saved: with oneself.'),
    participant_ids: z
      .array(z.uuid())
      .max(MOST_AT_ONCE)
      .default([])
      .describe('The others; of a private chat exactly one, of a saved one nobody.'),
    name: groupName().optional().describe('A group must have one.'),
    description: groupDescription().optional(),
  })
  .meta({
    id: 'CreateChat',
    example: { chat_type: 'group', name: 'Hikers', participant_ids: ['0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11'] },
  });
export type CreateChat = z.infer<typeof CreateChat>;

const permission = () => z.enum(['members', 'admins']);

/** Who may do what in a group; its admins and owner always may. */
export const ChatSettings = z.object({
  who_may_post: permission(),
  who_may_add: permission().describe('Put people into the group, and make links that invite.'),
  who_may_edit: permission().describe('Change name, description and picture.'),
  slow_mode_seconds: z
    .int()
    .min(0)
    .max(LONGEST_SLOW_MODE)
    .describe('How long members wait between two messages; 0: not at all.'),
});
export type ChatSettings = z.infer<typeof ChatSettings>;

/** A chat as one participant sees it. */
export const ChatView = z
  .object({
    id: id(),
    chat_type: z.enum(['private', 'group', 'saved']),
    name: z.string().describe('Of a private chat: the other person’s.'),
    description: z.string().nullable(),
    avatar_url: z.string().nullable(),
    created_by: z.uuid(),
    created_at: instant(),
    updated_at: instant().describe('Also when the last message was sent.'),
    last_seq: z.int().describe('The number of the newest change, message or other; what is shown here is not older.'),
    last_read_seq: z.int().describe('The caller has read up to this number.'),
    message_count: z.int().describe('How many messages were ever sent that count as unread.'),
    read_count: z.int().describe('How many of them are at or before `last_read_seq`: what is above is `unread_count`.'),
    unread_count: z.int(),
    unread_mentions: z.int().describe('Unread messages that name the caller or address everybody.'),
    participant_count: z.int(),
    role: z.enum(['owner', 'admin', 'member']).describe('The caller’s.'),
    settings: ChatSettings,
    is_muted: z.boolean(),
    muted_until: instant().nullable().describe('null: not muted, or until further notice.'),
    is_pinned: z.boolean(),
    is_archived: z.boolean(),
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
      message_count: 0,
      read_count: 0,
      unread_count: 0,
      unread_mentions: 0,
      participant_count: 3,
      role: 'owner',
      settings: { who_may_post: 'members', who_may_add: 'admins', who_may_edit: 'admins', slow_mode_seconds: 0 },
      is_muted: false,
      muted_until: null,
      is_pinned: false,
      is_archived: false,
      last_message: null,
    },
  });
export type ChatView = z.infer<typeof ChatView>;

export const ChatDetailView = ChatView.extend({ participants: z.array(ParticipantView) }).meta({ id: 'ChatDetail' });
export type ChatDetailView = z.infer<typeof ChatDetailView>;

export const ChatSummaryView = ChatView.extend({
  participants: z.array(ParticipantView).describe('The first few of the others.'),
}).meta({ id: 'ChatSummary' });
export type ChatSummaryView = z.infer<typeof ChatSummaryView>;

export const ChatsQuery = PageQuery.extend({
  archived: z
    .enum(['false', 'true', 'any'])
    .default('false')
    .describe('Which chats: those not archived, the others, or all.'),
});
export type ChatsQuery = z.infer<typeof ChatsQuery>;

export const ChatListView = listView('chats', ChatSummaryView).meta({ id: 'ChatList' });
export type ChatListView = z.infer<typeof ChatListView>;

/** What is left out stays as it is. */
export const UpdateChat = z
  .object({
    name: groupName().optional(),
    description: groupDescription().nullable().optional(),
    settings: ChatSettings.partial().optional().describe('For admins and the owner to change.'),
  })
  .meta({ id: 'UpdateChat', example: { name: 'Hikers', settings: { slow_mode_seconds: 30 } } });
export type UpdateChat = z.infer<typeof UpdateChat>;
