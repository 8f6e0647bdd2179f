import { id, latitude, longitude, text, textInBytes } from 'src/core/fields/fields';
import { z } from 'zod';

/** UTF-8 bytes. */
export const LONGEST_TEXT = 16_384;

/** Where GIFs may come from: what people see must not be fetched from a server of the sender's choice, which would learn their addresses. */
const GIF_HOSTS = /^([a-z0-9-]+\.)*(giphy|tenor)\.com$/;

const words = () => textInBytes({ min: 1, max: LONGEST_TEXT });
const gifUrl = () => z.url({ protocol: /^https$/, hostname: GIF_HOSTS }).max(2048);

const Gif = z.object({
  url: gifUrl(),
  preview_url: gifUrl().optional(),
  width: z.int().min(1).max(10_000).optional(),
  height: z.int().min(1).max(10_000).optional(),
  title: text({ max: 200 }).optional(),
});
const Point = z.object({
  latitude: latitude(),
  longitude: longitude(),
  accuracy: z.number().min(0).max(1e7).optional().describe('Metres.'),
  name: text({ max: 100 }).optional().describe('What is there.'),
  address: text({ max: 300 }).optional(),
});
const LiveShare = z.object({
  share_id: id().describe('A live location share; it alone says who may see the position.'),
});

const System = z.object({
  event: z.string().describe('What happened.'),
  actor_id: z.uuid().nullable().describe('Who did it.'),
  user_ids: z.array(z.uuid()).optional().describe('To whom.'),
  name: z.string().optional(),
});

const type = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ message_type: z.literal(name), ...shape });

/**
 * What each type of message is made of when a client sends it. A new type gets its line here, its name in the views' enum below, and
 * its text for pushes; all else (storage, search, edits, events) follows from `content`, `file_id` and `metadata`.
 */
export const MessageContent = z.discriminatedUnion('message_type', [
  z.object({
    message_type: z
      .literal('text')
      .optional()
      .transform(() => 'text' as const),
    content: words(),
  }),
  type('gif', { metadata: Gif }),
  type('location', { metadata: z.union([LiveShare, Point]) }),
]);
export type MessageContent = z.infer<typeof MessageContent>;

/** `system` is what Muster itself says: it can't be sent. */
export const MessageType = z.enum(['text', 'gif', 'location', 'system']);
export type MessageType = z.infer<typeof MessageType>;

/** What people look for in a chat's collection of pictures and files. */
export const MediaType = MessageType.extract(['gif']);
export type MediaType = z.infer<typeof MediaType>;

/** What a message carries beside its content, as its type has it. */
export const MessageMetadata = z.union([Gif, LiveShare, Point, System]);
export type MessageMetadata = z.infer<typeof MessageMetadata>;

/** Types whose `content` is a text of a person, by the fewest characters that it may have: of these it can be changed. */
const SHORTEST: Partial<Record<MessageType, number>> = { text: 1 };

export const shortestContent = (type: MessageType): number | undefined => SHORTEST[type];

/** What a message says beside its content that it can be found by. */
export const wordsOf = (metadata: MessageMetadata | null): string =>
  Object.entries(metadata ?? {})
    .filter(([key, value]) => /^(title|name|address)$/.test(key) && typeof value === 'string')
    .map(([, value]) => value as string)
    .join(' ');
