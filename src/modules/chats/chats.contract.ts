import { numbered, type Facts, type Jobs, type Pushes, type Requests } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import type { ChangeType } from 'src/modules/chats/changes.contract';
import { ChatView } from 'src/modules/chats/chats.dto';
import { ClearedView, PreferencesView } from 'src/modules/chats/preferences.dto';
import { MessageView, SendMessage } from 'src/modules/chats/messages.dto';
import { MarkedView, ReceiptView } from 'src/modules/chats/receipts.dto';
import { Sync, SyncView } from 'src/modules/chats/sync.dto';
import { z } from 'zod';

export const chatFacts = {
  /** People take part from now on: in a new chat all of them. */
  'chat.joined': z.object({ chat_id: id(), user_ids: z.array(z.uuid()) }),
  /** People take part no more. */
  'chat.left': z.object({ chat_id: id(), user_ids: z.array(z.uuid()) }),
  /** Somebody writes for the first time in a private chat that the other has begun: who that is, is his contact from now on. */
  'chat.answered': z.object({ chat_id: id(), user_id: z.uuid() }),
  /** Nobody takes part any more: the chat is about to be deleted, with all that was said in it. */
  'chat.deserted': z.object({ chat_id: id() }),
  /** A change took its number; see `ChatLog`. Of a private chat with the ids of the two, as `chats.private_pair` has them. */
  'chat.changed': z.object({
    pair: z.string().nullable(),
    chat_id: id(),
    seq: z.int(),
    type: z.custom<ChangeType>((type) => typeof type === 'string'),
    message_id: id().nullable(),
    user_id: z.uuid().nullable(),
    actor_id: z.uuid().nullable(),
    data: z.record(z.string(), z.unknown()).nullable(),
  }),
  'message.created': z.object({ message_id: id(), chat_id: id() }),
  /** For all, of which nothing is left but that it was there. */
  'message.deleted': z.object({ message_id: id(), chat_id: id() }),
  'message.marked': z.object({
    what: z.enum(['read', 'delivered']),
    ...MarkedView.shape,
    is_shown: z.boolean(),
    /** What is read is delivered, and was not before. */
    is_delivered: z.boolean(),
  }),
} satisfies Facts;

const Mark = z.object({ chat_id: id(), message_id: id() });

export const chatRequests = {
  join_chat: {
    about:
      'Open a chat. Its events come anyway; while it is open on a device that its user is at, its messages are not pushed. The answer ' +
      'tells whether something was missed.',
    body: z.object({ chat_id: id() }),
    ack: z.object({ chat_id: id(), last_seq: z.int() }),
  },
  leave_chat: {
    about: 'Close a chat. Its events go on coming, and are pushed again.',
    body: z.object({ chat_id: id() }),
    ack: z.object({ chat_id: id() }),
  },
  sync: {
    about: 'What was missed, of all chats and of the user’s own stream; see docs/sync.md.',
    body: Sync,
    ack: SyncView,
  },
  send_message: {
    about: 'Send a message. Acknowledged when it is durable; with `client_id` a retry is safe.',
    body: SendMessage.and(z.object({ chat_id: id() })),
    ack: MessageView,
  },
  message_read: {
    about: 'All messages up to this one have been read.',
    body: Mark,
    ack: MarkedView,
  },
  message_delivered: {
    about: 'All messages up to this one have reached the device.',
    body: Mark,
    ack: MarkedView,
  },
  typing_indicator: {
    about:
      'The caller is typing, or has stopped. Say it again every few seconds; it ends by itself after `expires_in`, and with the connection.',
    body: z.object({ chat_id: id(), is_typing: z.boolean() }),
    ack: z.object({ chat_id: id() }),
  },
} satisfies Requests;

export const chatJobs = {
  'chats.trim_changes': { queue: 'upkeep', data: z.object({}), every: 3_600_000 },
} satisfies Jobs;

export const chatPushes = {
  message_hidden: {
    about: 'You have deleted a message for yourself, on this device or another. The counts are as they were then.',
    body: numbered(
      z.object({
        chat_id: id(),
        message_id: id(),
        read_count: z.int().describe('It only rises: keep the larger.'),
        unread_count: z.int(),
        unread_mentions: z.int(),
      }),
    ),
  },
  chat_created: { about: 'You take part in a chat from now on.', body: ChatView },
  chat_removed: {
    about:
      'A chat is not yours any more: drop it. You have left it, or were removed, or it was deleted for all; `hidden`: you have deleted ' +
      'it for yourself, and it comes back with the next `new_message`, or `chat_preferences_updated`: fetch it then. Other changes of it ' +
      'don’t bring it back.',
    body: numbered(z.object({ chat_id: id(), reason: z.enum(['left', 'removed', 'deleted', 'hidden']) })),
  },
  chat_preferences_updated: {
    about:
      'You have muted, pinned or archived a chat, or ended that; or opened one anew that you had deleted for yourself.',
    body: numbered(PreferencesView),
  },
  chat_cleared: { about: 'You have cleared a chat for yourself.', body: numbered(ClearedView) },
  message_read: {
    about: 'A participant has read up to a message. Of yourself, from any device, with what is unread now.',
    body: ReceiptView.extend({
      read_count: z.int().optional(),
      unread_count: z.int().optional(),
      unread_mentions: z.int().optional(),
    }),
  },
  message_delivered: { about: 'Messages up to one have reached a device of a participant.', body: ReceiptView },
  typing_indicator: {
    about:
      'A participant is typing, or has stopped; that is said in any case, but forget it after `expires_in` seconds if it gets lost.',
    body: z.object({ chat_id: id(), user_id: z.uuid(), is_typing: z.boolean(), expires_in: z.int() }),
  },
} satisfies Pushes;
