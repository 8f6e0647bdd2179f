import { id, latitude, longitude, text, textInBytes } from 'src/core/fields/fields';
import { emoji } from 'src/modules/chats/emoji';
import type { FileView } from 'src/modules/files/files.dto';
import { z } from 'zod';

/** UTF-8 bytes. */
export const LONGEST_TEXT = 16_384;

const words = () => textInBytes({ min: 1, max: LONGEST_TEXT });
const caption = () => textInBytes({ max: LONGEST_TEXT }).optional().describe('A caption.');
const fileId = () => id().describe('A file that the caller has uploaded.');
const gifUrl = () =>
  z
    .url({ protocol: /^https$/ })
    .max(2048)
    .describe('At one of the hosts in `GIF_HOSTS`.');

const Gif = z.object({
  url: gifUrl(),
  preview_url: gifUrl().optional(),
  width: z.int().min(1).max(10_000).optional(),
  height: z.int().min(1).max(10_000).optional(),
  title: text({ max: 200 }).optional(),
});
const Sticker = z.object({ emoji: emoji().optional().describe('What it stands for.') });
/** As it was taken in: views don't transform. */
const KeptSticker = z.object({ emoji: z.string().optional().describe('What it stands for.') });
/** A sticker of a pack, as the server knows it when it is sent. */
const SentSticker = z.object({
  sticker_id: id(),
  pack_id: id(),
  emoji: z.string(),
  url: z.string().describe('Its picture; asks for an access token as all routes do.'),
  width: z.int(),
  height: z.int(),
  is_animated: z.boolean(),
});
export type SentSticker = z.infer<typeof SentSticker>;
const Audio = z.object({ is_voice: z.boolean().describe('Spoken into the device just now.') });
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

const happened = <Event extends string, Shape extends z.ZodRawShape>(event: Event, shape: Shape) =>
  z.object({ event: z.literal(event), actor_id: z.uuid().describe('Who did it.'), ...shape });
const toThem = { user_ids: z.array(z.uuid()).describe('To whom.') };

/** What Muster itself says in a chat: what has happened there. Its text is made for each reader; see `notices.ts`. */
export const Notice = z.discriminatedUnion('event', [
  happened('members_added', toThem),
  happened('member_joined', {}).describe('By a link.'),
  happened('member_removed', toThem),
  happened('member_left', {}),
  happened('role_changed', { ...toThem, role: z.enum(['admin', 'member']) }),
  happened('owner_changed', toThem),
  happened('name_changed', { name: z.string() }),
  happened('avatar_changed', {}),
  happened('avatar_removed', {}),
  happened('call', {
    call_id: id(),
    call_type: z.enum(['audio', 'video']),
    status: z.enum(['ended', 'declined', 'missed', 'busy', 'cancelled', 'failed']),
    duration: z.int().min(0).describe('Seconds.'),
  }).describe('A call is over; `actor_id` began it.'),
]);
export type Notice = z.infer<typeof Notice>;

const type = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ message_type: z.literal(name), ...shape });

/** Either of two fields, and not both: else the first is wrong. */
const justOneOf =
  <A extends string, B extends string>(one: A, other: B): z.core.CheckFn<Partial<Record<A | B, unknown>>> =>
  ({ value, issues }) => {
    if ((value[one] === undefined) === (value[other] === undefined)) {
      const code = value[one] === undefined ? 'required' : 'either_or';
      issues.push({
        code: 'custom',
        input: value,
        path: [one],
        params: { code },
        message: `either ${one} or ${other}`,
      });
    }
  };

/**
 * What each type of message is made of when a client sends it. A new type gets its line here, its name in the views' enum below, and
 * its text for pushes; all else (storage, search, edits, events) follows from `content`, `file_id` and `metadata`.
 */
export const MessageContent = z.discriminatedUnion('message_type', [
  z
    .object({
      message_type: z
        .literal('text')
        .optional()
        .transform(() => 'text' as const),
      content: words().optional(),
      forward_of: id()
        .optional()
        .describe(
          'In place of a text: a message that the caller can read, to be passed on with its type and all that it has.',
        ),
    })
    .check(justOneOf('content', 'forward_of')),
  type('image', { file_id: fileId(), content: caption() }),
  type('video', { file_id: fileId(), content: caption() }),
  type('audio', { file_id: fileId(), content: caption(), metadata: Audio.optional() }),
  type('file', { file_id: fileId(), content: caption() }),
  type('sticker', {
    sticker_id: id().optional().describe('A sticker of a pack; what it is, the server says in `metadata`.'),
    file_id: fileId().optional(),
    metadata: Sticker.optional(),
  }).check(justOneOf('sticker_id', 'file_id')),
  type('gif', { file_id: fileId().optional(), metadata: Gif.optional() }).check(justOneOf('metadata', 'file_id')),
  type('location', { metadata: z.union([LiveShare, Point]) }),
]);
export type MessageContent = z.infer<typeof MessageContent>;

/** `system` is what Muster itself says: it can't be sent. */
export const MessageType = z.enum(['text', 'image', 'video', 'audio', 'file', 'sticker', 'gif', 'location', 'system']);
export type MessageType = z.infer<typeof MessageType>;

/** What people look for in a chat's collection of pictures and files. */
export const MediaType = MessageType.extract(['image', 'video', 'audio', 'file', 'gif']);
export type MediaType = z.infer<typeof MediaType>;

/** May a message of the type carry the file? What is in it decides, not what it is called. */
export const fits = (type: MessageType, file: Pick<FileView, 'message_type'>): boolean =>
  type === 'file' || file.message_type === (type === 'sticker' || type === 'gif' ? 'image' : type);

/** What a message carries beside its content, as its type has it. */
export const MessageMetadata = z.union([SentSticker, Gif, Audio, LiveShare, Point, Notice, KeptSticker]);
export type MessageMetadata = z.infer<typeof MessageMetadata>;

/** Types whose `content` is a text of a person, by the fewest characters that it may have: of these it can be changed. */
const SHORTEST: Partial<Record<MessageType, number>> = { text: 1, image: 0, video: 0, audio: 0, file: 0 };

export const shortestContent = (type: MessageType): number | undefined => SHORTEST[type];

/** What a message says beside its content that it can be found by. */
export const wordsOf = (metadata: MessageMetadata | null): string =>
  Object.entries(metadata ?? {})
    .filter(([key, value]) => /^(title|name|address)$/.test(key) && typeof value === 'string')
    .map(([, value]) => value as string)
    .join(' ');
