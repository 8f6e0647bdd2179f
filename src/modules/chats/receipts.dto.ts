import { id, idParam, instant } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { PersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

const EXAMPLE = {
  chat_id: 12,
  user_id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
  message_id: 4711,
  seq: 3,
  at: '2026-01-31T09:30:00.000Z',
};

/** A mark: all messages up to this one have been read by, or have reached, the participant. */
export const ReceiptView = z
  .object({ chat_id: id(), user_id: z.uuid(), message_id: id(), seq: z.int(), at: instant() })
  .meta({ id: 'Receipt', example: EXAMPLE });
export type ReceiptView = z.infer<typeof ReceiptView>;

/** The same for the participant himself. */
export const MarkedView = ReceiptView.extend({
  read_count: z.int().describe('As of the chat.'),
  unread_count: z.int(),
  unread_mentions: z.int(),
}).meta({ id: 'Marked', example: { ...EXAMPLE, read_count: 3, unread_count: 0, unread_mentions: 0 } });
export type MarkedView = z.infer<typeof MarkedView>;

export const ReadView = z
  .object({
    chat_id: id(),
    last_read_seq: z.int(),
    read_count: z.int(),
    unread_count: z.int(),
    unread_mentions: z.int(),
  })
  .meta({
    id: 'Read',
    example: { chat_id: 12, last_read_seq: 3, read_count: 3, unread_count: 0, unread_mentions: 0 },
  });
export type ReadView = z.infer<typeof ReadView>;

const UP_TO = 'Up to this message; without it, up to the newest.';

export const MarkReadQuery = z.object({ up_to_message_id: idParam().optional().describe(UP_TO) });
export type MarkReadQuery = z.infer<typeof MarkReadQuery>;

/** The same in a body: marks never go back, so what somebody writes there must not be passed over. */
export const MarkRead = z
  .object({ up_to_message_id: id().nullish().describe(UP_TO) })
  .meta({ id: 'MarkRead', example: { up_to_message_id: 4711 } });
export type MarkRead = z.infer<typeof MarkRead>;

export const MessageReceiptView = PersonView.extend({
  user_id: z.uuid(),
  status: z
    .enum(['sent', 'delivered', 'read'])
    .describe('`read` is told only between people who both show what they read.'),
}).meta({ id: 'MessageReceipt' });
export type MessageReceiptView = z.infer<typeof MessageReceiptView>;

export const MessageReceiptListView = listView('receipts', MessageReceiptView)
  .extend({ message_id: id(), delivered_count: z.int(), read_count: z.int() })
  .meta({ id: 'MessageReceiptList' });
export type MessageReceiptListView = z.infer<typeof MessageReceiptListView>;
