import { text } from 'src/core/fields/fields';
import { DEVICE_TYPES, NOTIFICATION_KINDS } from 'src/modules/push/push.entities';
import { z } from 'zod';

const MOST_PEOPLE = 1000;
/** What a push can carry beside its text. */
const MOST_DATA_BYTES = 1024;

/** FCM takes no push with a name of its own in it, and apps show nothing of what is `withdrawn`. */
const OURS_TO_NAME = /^(?!(from|message_type|withdrawn)$|google|gcm)[a-z][a-z0-9_]*$/;

/** For the app: short texts by name. */
export const PushData = z
  .record(z.string().max(64).regex(OURS_TO_NAME), text({ max: 500 }))
  .refine((data) => Buffer.byteLength(JSON.stringify(data)) <= MOST_DATA_BYTES, {
    params: { code: 'too_many_bytes', bytes: MOST_DATA_BYTES },
  });

/** The words of what is told. */
export const PushWords = z.object({ title: text({ min: 1, max: 100 }), body: text({ min: 1, max: 500 }) });

/** What is told, to whomever. */
export const Announcement = PushWords.extend({
  notification_type: z.enum(NOTIFICATION_KINDS).optional(),
  type: z
    .enum(NOTIFICATION_KINDS)
    .optional()
    .describe('Another name of notification_type; `system` if neither is given.'),
  category: z
    .string()
    .max(50)
    .regex(/^[a-z][a-z0-9_]*$/)
    .optional(),
  data: PushData.default({}).describe('For the app.'),
  image_url: z.httpUrl().max(500).optional(),
  device_types: z.array(z.enum(DEVICE_TYPES)).min(1).max(DEVICE_TYPES.length).optional(),
});
export type Announcement = z.infer<typeof Announcement>;

const people = () => z.array(z.uuid()).min(1).max(MOST_PEOPLE);

export const SendPush = Announcement.extend({
  user_ids: people().optional(),
  recipient_user_ids: people().optional().describe('Another name of user_ids.'),
})
  .refine(({ user_ids, recipient_user_ids }) => !user_ids !== !recipient_user_ids, {
    path: ['user_ids'],
    params: { code: 'required' },
  })
  .meta({
    id: 'SendPush',
    example: {
      user_ids: ['0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11'],
      title: 'Maintenance',
      body: 'Back at 6 o’clock.',
      notification_type: 'system',
    },
  });
export type SendPush = z.infer<typeof SendPush>;

export const SentPushView = z
  .object({
    key: z.string().describe('Names this sending.'),
    queued_count: z.int().describe('People who will be told.'),
    unknown_count: z.int().describe('Ids that are no active users’.'),
  })
  .meta({ id: 'SentPush' });
export type SentPushView = z.infer<typeof SentPushView>;
