import type { Pushes } from 'src/core/contract';
import { id } from 'src/core/fields/fields';
import { ReactionsView } from 'src/modules/chats/contents.dto';
import { ChatSettings } from 'src/modules/chats/chats.dto';
import { MemberView } from 'src/modules/chats/participants.dto';
import { MessageView } from 'src/modules/chats/messages.dto';
import { z } from 'zod';

/** The body of the push of a chat's change: clients apply such events by their number. */
export const numberedInChat = <Shape extends z.ZodRawShape>(body: z.ZodObject<Shape>) =>
  body.extend({
    change_seq: z
      .int()
      .describe('The number of this change in its chat; the changes of a chat, of whatever kind, have no gaps.'),
  });

/**
 * All kinds of changes of a chat, under the names of the pushes that tell them to its room and, to those who were away, `sync`.
 * Each has one method that shows it, by `@ShowsChange`. A body has `chat_id`, and holds the present state of what was touched.
 */
export const chatChangePushes = {
  new_message: {
    about:
      'A message in one of your chats, your own from any device included. Its sender has read up to it, unless it is a `system` one.',
    body: numberedInChat(MessageView).extend({
      message_count: z.int().describe('As of the chat: what it is above the `read_count` of the user is unread.'),
      thread_reply_count: z
        .int()
        .nullable()
        .describe('Of a message in a thread: the `reply_count` of the one it began with.'),
    }),
  },
  message_updated: {
    about:
      'A message was edited, pinned or unpinned, or its file has a preview now, or is gone: this is what it is now. What others quote ' +
      'of it changes with it.',
    body: numberedInChat(MessageView),
  },
  message_deleted: {
    about:
      'A message was deleted for all: this is its tombstone. What others quoted of it, edits and reactions are gone too.',
    body: numberedInChat(MessageView.extend({ message_id: id() })),
  },
  reaction_updated: {
    about: 'Somebody has changed his reactions to a message: his and everybody’s as they are now.',
    body: numberedInChat(ReactionsView),
  },
  chat_updated: {
    about: 'A group has another name, description, picture or other settings: it is now as this says.',
    body: numberedInChat(
      z.object({
        chat_id: id(),
        name: z.string(),
        description: z.string().nullable(),
        avatar_url: z.string().nullable(),
        settings: ChatSettings,
        updated_by: z.uuid().nullable(),
      }),
    ),
  },
  participant_added: {
    about: 'People have come into a group.',
    body: numberedInChat(
      z.object({
        chat_id: id(),
        participants: z.array(MemberView).describe('Those of them who are still in.'),
        added_by: z.uuid().nullable().describe('Themselves, if they came by an invitation.'),
      }),
    ),
  },
  participant_updated: {
    about:
      'A participant has another role, or the two of a private chat see each other’s marks again: he is now as this says.',
    body: numberedInChat(z.object({ chat_id: id(), participant: MemberView, changed_by: z.uuid().nullable() })),
  },
  participant_removed: {
    about: 'Somebody has left a group (`removed_by` is himself, or null), or was removed.',
    body: numberedInChat(z.object({ chat_id: id(), user_id: z.uuid(), removed_by: z.uuid().nullable() })),
  },
} satisfies Pushes;

export type ChangeType = keyof typeof chatChangePushes;
