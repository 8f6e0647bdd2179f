import { numbered, type Facts, type Pushes, type Requests } from 'src/core/contract';
import { id, instant } from 'src/core/fields/fields';
import type { ChangeType } from 'src/modules/chats/changes.contract';
import { ChatView, ReceiptView } from 'src/modules/chats/chats.dto';
import { MessageView, SendMessage } from 'src/modules/chats/messages.dto';
import { z } from 'zod';

export const chatFacts = {
  'chat.created': z.object({ chat_id: id() }),
  /** A change took its number; see `ChatLog`. */
  'chat.changed': z.object({
    chat_id: id(),
    seq: z.int(),
    type: z.custom<ChangeType>((type) => typeof type === 'string'),
    message_id: id().nullable(),
    user_id: z.uuid().nullable(),
    actor_id: z.uuid().nullable(),
    data: z.record(z.string(), z.unknown()).nullable(),
  }),
  'message.created': z.object({ message_id: id(), chat_id: id() }),
  'message.marked': z.object({
    what: z.enum(['read', 'delivered']),
    chat_id: id(),
    user_id: z.uuid(),
    message_id: id(),
    seq: z.int(),
    at: instant(),
  }),
} satisfies Facts;

const Mark = z.object({ chat_id: id(), message_id: id() });

export const chatRequests = {
  join_chat: {
    about: 'Open a chat. Its events come anyway; the answer tells whether something was missed.',
    body: z.object({ chat_id: id() }),
    ack: z.object({ chat_id: id(), last_seq: z.int() }),
  },
  leave_chat: {
    about: 'Close a chat. Its events go on coming.',
    body: z.object({ chat_id: id() }),
    ack: z.object({ chat_id: id() }),
  },
  send_message: {
    about: 'Send a message. Acknowledged when it is durable; with `client_id` a retry is safe.',
    body: SendMessage.and(z.object({ chat_id: id() })),
    ack: MessageView,
  },
  message_read: {
    about: 'All messages up to this one have been read.',
    body: Mark,
    ack: ReceiptView,
  },
  message_delivered: {
    about: 'All messages up to this one have reached the device.',
    body: Mark,
    ack: ReceiptView,
  },
  typing_indicator: {
    about: 'The caller is typing, or has stopped. Say it again every few seconds.',
    body: z.object({ chat_id: id(), is_typing: z.boolean() }),
    ack: z.object({ chat_id: id() }),
  },
} satisfies Requests;

export const chatPushes = {
  chat_created: { about: 'You take part in a new chat.', body: ChatView },
  message_hidden: {
    about: 'You have deleted a message for yourself, on this device or another.',
    body: numbered(z.object({ chat_id: id(), message_id: id() })),
  },
  message_read: { about: 'A participant has read up to a message.', body: ReceiptView },
  message_delivered: { about: 'Messages up to one have reached a device of a participant.', body: ReceiptView },
  typing_indicator: {
    about: 'A participant is typing (forget it after `expires_in` seconds), or has stopped.',
    body: z.object({ chat_id: id(), user_id: z.uuid(), is_typing: z.boolean(), expires_in: z.int() }),
  },
} satisfies Pushes;
