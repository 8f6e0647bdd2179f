import { id, instant, instantInput } from 'src/core/fields/fields';
import { listView, PageQuery } from 'src/core/http/paging';
import { DEVICE_TYPES, NOTIFICATION_KINDS } from 'src/modules/push/push.entities';
import type { DeliveryTrace, NotificationRow, StatsRow } from 'src/modules/push/trace.repository';
import { SUPPRESSIONS } from 'src/modules/push/verdict';
import { z } from 'zod';

const STATUSES = ['queued', 'suppressed', 'failed', 'sent', 'delivered', 'opened'] as const;
type Status = (typeof STATUSES)[number];

export const NotificationView = z
  .object({
    id: id(),
    title: z.string(),
    body: z.string(),
    notification_type: z.enum(NOTIFICATION_KINDS),
    category: z.string().nullable(),
    data: z.record(z.string(), z.string()),
    status: z.enum(STATUSES),
    is_sent: z.boolean(),
    fcm_message_id: z.string().nullable(),
    error_message: z
      .string()
      .nullable()
      .describe(`Why it was suppressed (${SUPPRESSIONS.join(', ')}), or what the provider said.`),
    is_read: z.boolean(),
    created_at: instant(),
    sent_at: instant().nullable(),
    delivered_at: instant().nullable(),
    opened_at: instant().nullable(),
    read_at: instant().nullable(),
    withdrawn_at: instant().nullable(),
  })
  .meta({ id: 'PushNotification' });
export type NotificationView = z.infer<typeof NotificationView>;

const DeliveryView = z.object({
  device_token_id: id().nullable().describe('null: the device is forgotten.'),
  device_type: z.enum(DEVICE_TYPES),
  device_name: z.string().nullable(),
  fcm_message_id: z.string().nullable(),
  error_message: z.string().nullable(),
  attempts: z.int(),
  sent_at: instant().nullable(),
  delivered_at: instant().nullable(),
  opened_at: instant().nullable(),
});

export const TracedNotificationView = NotificationView.extend({ deliveries: z.array(DeliveryView) }).meta({
  id: 'TracedPushNotification',
});
export type TracedNotificationView = z.infer<typeof TracedNotificationView>;

export const NotificationsQuery = PageQuery.extend({
  unread: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('true: only what has not been read.'),
});
export type NotificationsQuery = z.infer<typeof NotificationsQuery>;

export const NotificationsView = listView('notifications', NotificationView)
  .extend({ unread_count: z.int() })
  .meta({ id: 'PushNotifications' });
export type NotificationsView = z.infer<typeof NotificationsView>;

export const Acknowledge = z
  .object({
    event: z.enum(['delivered', 'opened']),
    device_token_id: id()
      .optional()
      .describe('On which device; without it, on the only one that has it, if there is but one.'),
  })
  .meta({ id: 'AcknowledgePush', example: { event: 'opened', device_token_id: 7 } });
export type Acknowledge = z.infer<typeof Acknowledge>;

export const ReadUpTo = z.object({ up_to_id: id() }).meta({ id: 'ReadNotifications', example: { up_to_id: 912 } });
export type ReadUpTo = z.infer<typeof ReadUpTo>;
export const UnreadView = z.object({ unread_count: z.int() }).meta({ id: 'UnreadNotifications' });
export type UnreadView = z.infer<typeof UnreadView>;

export const StatsQuery = z.object({
  scope: z.enum(['mine', 'all']).default('mine').describe('all: for admins.'),
  start_date: instantInput().optional(),
  end_date: instantInput().optional(),
  type: z.enum(NOTIFICATION_KINDS).optional(),
});
export type StatsQuery = z.infer<typeof StatsQuery>;

const counts = {
  total: z.int(),
  total_sent: z.int(),
  total_delivered: z.int(),
  total_read: z.int(),
  total_failed: z.int(),
  total_suppressed: z.int(),
  delivery_rate: z.number().describe('Delivered of what was sent, 0–1; by what the apps acknowledge.'),
  read_rate: z.number().describe('Opened or read of what was sent, 0–1.'),
};
const Counts = z.object(counts);
export const StatsView = z
  .object({
    ...counts,
    device_breakdown: z.record(z.string(), Counts).describe('By platform, counting devices.'),
    notification_type_breakdown: z.record(z.string(), Counts),
  })
  .meta({ id: 'PushStats' });
export type StatsView = z.infer<typeof StatsView>;

const suppressions = new Set<string>(SUPPRESSIONS);

function statusOf(row: NotificationRow): Status {
  if (row.opened_at) return 'opened';
  if (row.delivered_at) return 'delivered';
  if (row.is_sent) return 'sent';
  if (row.error_message === null) return 'queued';
  return suppressions.has(row.error_message) ? 'suppressed' : 'failed';
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

export const toNotificationView = (row: NotificationRow): NotificationView => ({
  id: row.id,
  title: row.title,
  body: row.body,
  notification_type: row.notification_type,
  category: row.category,
  data: row.data,
  status: statusOf(row),
  is_sent: row.is_sent,
  fcm_message_id: row.fcm_message_id,
  error_message: row.error_message,
  is_read: row.read_at !== null,
  created_at: row.created_at.toISOString(),
  sent_at: iso(row.sent_at),
  delivered_at: iso(row.delivered_at),
  opened_at: iso(row.opened_at),
  read_at: iso(row.read_at),
  withdrawn_at: iso(row.withdrawn_at),
});

export const toTracedView = (row: NotificationRow, deliveries: DeliveryTrace[]): TracedNotificationView => ({
  ...toNotificationView(row),
  deliveries: deliveries.map((one) => ({
    ...one,
    sent_at: iso(one.sent_at),
    delivered_at: iso(one.delivered_at),
    opened_at: iso(one.opened_at),
  })),
});

const toCounts = (rows: StatsRow[]) => {
  const sum = (of: (row: StatsRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const [sent, delivered, read] = [sum((row) => row.sent), sum((row) => row.delivered), sum((row) => row.read)];
  const rate = (part: number) => (sent ? Math.round((part / sent) * 10_000) / 10_000 : 0);
  return {
    total: sum((row) => row.total),
    total_sent: sent,
    total_delivered: delivered,
    total_read: read,
    total_failed: sum((row) => row.failed),
    total_suppressed: sum((row) => row.suppressed),
    delivery_rate: rate(delivered),
    read_rate: rate(read),
  };
};

export const toStatsView = (byKind: StatsRow[], byDevice: StatsRow[]): StatsView => ({
  ...toCounts(byKind),
  device_breakdown: Object.fromEntries(byDevice.map((row) => [row.name, toCounts([row])])),
  notification_type_breakdown: Object.fromEntries(byKind.map((row) => [row.name, toCounts([row])])),
});
