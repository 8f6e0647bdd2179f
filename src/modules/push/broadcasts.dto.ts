import { id, instant, instantInput } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import type { Broadcast } from 'src/modules/push/broadcasts.entities';
import { DEVICE_TYPES, NOTIFICATION_KINDS } from 'src/modules/push/push.entities';
import { PushData, PushWords } from 'src/modules/push/send.dto';
import { z } from 'zod';

const FARTHEST_DAYS = 366;
const language = () => z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/);

const Segment = z.object({
  languages: z
    .array(language())
    .min(1)
    .max(50)
    .optional()
    .describe('Of people’s own choice; who has chosen none has the default one.'),
  platforms: z
    .array(z.enum(DEVICE_TYPES))
    .min(1)
    .max(3)
    .optional()
    .describe('Who has an active device of such a kind; only those devices are pushed to.'),
  tenant_id: z.string().max(100).optional().describe('People of other tenants are never reached.'),
  seen_after: instantInput()
    .optional()
    .describe('Who was here later: whose last connection ended, or session was used, after it.'),
  not_seen_after: instantInput().optional().describe('Who was here last before it, or never.'),
});

export const CountRecipients = z
  .object({ segment: Segment.default({}) })
  .meta({ id: 'CountRecipients', example: { segment: { languages: ['ja'] } } });
export type CountRecipients = z.infer<typeof CountRecipients>;

export const CreateBroadcast = PushWords.extend({
  translations: z
    .record(language(), PushWords)
    .refine((all) => Object.keys(all).length <= 50, { params: { code: 'too_big', count: 50 } })
    .default({})
    .describe('By language; all others are told title and body.'),
  notification_type: z
    .enum(NOTIFICATION_KINDS)
    .default('announcement')
    .describe('People decide by it which pushes they want: `GET /profile/notification-preferences`.'),
  data: PushData.default({}).describe('For the app.'),
  segment: Segment.default({}).describe('All who are active, if empty.'),
  scheduled_at: instantInput()
    .refine((at) => at.getTime() <= Date.now() + FARTHEST_DAYS * 86_400_000, { params: { code: 'too_far' } })
    .optional()
    .describe('Nobody is told before; at most a year ahead. Now, if not given.'),
  local_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .optional()
    .describe('`09:00`: each is told when it is so late in his time zone for the first time from then on.'),
}).meta({
  id: 'CreateBroadcast',
  example: {
    title: 'Maintenance',
    body: 'We will be away for an hour tonight.',
    translations: { id: { title: 'Pemeliharaan', body: 'Kami tidak tersedia selama satu jam malam ini.' } },
    segment: { platforms: ['android', 'ios'] },
    local_time: '09:00',
  },
});
export type CreateBroadcast = z.infer<typeof CreateBroadcast>;

export const RecipientsView = z
  .object({ recipients: z.int().describe('People who would be told now.') })
  .meta({ id: 'Recipients', example: { recipients: 1204 } });
export type RecipientsView = z.infer<typeof RecipientsView>;

export const BroadcastView = z
  .object({
    id: id(),
    title: z.string(),
    body: z.string(),
    translations: z.record(z.string(), z.object({ title: z.string(), body: z.string() })),
    notification_type: z.enum(NOTIFICATION_KINDS),
    data: z.record(z.string(), z.string()),
    segment: z.object({
      languages: z.array(z.string()).optional(),
      platforms: z.array(z.enum(DEVICE_TYPES)).optional(),
      tenant_id: z.string().optional(),
      seen_after: z.string().optional(),
      not_seen_after: z.string().optional(),
    }),
    status: z.enum(['scheduled', 'running', 'paused', 'cancelled', 'done']),
    scheduled_at: instant(),
    local_time: z.string().nullable(),
    recipients: z.int().describe('How many there were when it was made.'),
    processed_count: z.int().describe('How many have been told, each once.'),
    created_by: z.uuid(),
    created_at: instant(),
    started_at: instant().nullable(),
    finished_at: instant().nullable().describe('When it was done or cancelled.'),
  })
  .meta({ id: 'Broadcast' });
export type BroadcastView = z.infer<typeof BroadcastView>;

export const BroadcastListView = listView('broadcasts', BroadcastView).meta({ id: 'BroadcastList' });
export type BroadcastListView = z.infer<typeof BroadcastListView>;

export const toBroadcastView = (broadcast: Broadcast & { processed: number }): BroadcastView => ({
  id: broadcast.id,
  ...broadcast.text,
  translations: broadcast.translations,
  notification_type: broadcast.notificationType,
  data: broadcast.data,
  segment: broadcast.segment,
  status: broadcast.status === 'running' && !broadcast.startedAt ? 'scheduled' : broadcast.status,
  scheduled_at: broadcast.scheduledAt.toISOString(),
  local_time: broadcast.localTime,
  recipients: broadcast.recipients,
  processed_count: broadcast.processed,
  created_by: broadcast.createdBy,
  created_at: broadcast.createdAt.toISOString(),
  started_at: broadcast.startedAt?.toISOString() ?? null,
  finished_at: broadcast.finishedAt?.toISOString() ?? null,
});
