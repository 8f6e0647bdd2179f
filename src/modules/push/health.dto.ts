import { instant } from 'src/core/fields/fields';
import { z } from 'zod';

export const PushHealthView = z
  .object({
    providers: z
      .object({ fcm: z.boolean(), web_push: z.boolean() })
      .describe('Which are configured; what would go to another is only written to the log.'),
    queue: z.object({
      waiting: z.int().describe('Work on pushes that is due and not done.'),
      later: z.int().describe('Not due yet.'),
      parked: z.int().describe('Given up after all attempts.'),
      oldest_seconds: z.number().describe('For how long the oldest that is due has been waiting.'),
    }),
    since: instant().describe('What is counted from here on was made no earlier.'),
    notifications: z.object({
      total: z.int(),
      sent: z.int(),
      pending: z.int(),
      unsent: z.int().describe('Those that will not be sent; `reasons` says why.'),
    }),
    reasons: z.array(z.object({ error_message: z.string(), count: z.int() })).describe('The most frequent first.'),
    platforms: z
      .array(
        z.object({
          device_type: z.string(),
          active_devices: z.int(),
          sent: z.int(),
          failed: z.int().describe('Those that the provider refused for good.'),
          retried: z.int().describe('Those that he could not take at first.'),
        }),
      )
      .describe('Devices, and what has gone to them.'),
  })
  .meta({
    id: 'PushHealth',
    example: {
      providers: { fcm: true, web_push: false },
      queue: { waiting: 3, later: 0, parked: 0, oldest_seconds: 0.4 },
      since: '2026-01-31T08:30:00.000Z',
      notifications: { total: 120, sent: 97, pending: 3, unsent: 20 },
      reasons: [{ error_message: 'no_device', count: 20 }],
      platforms: [{ device_type: 'android', active_devices: 64, sent: 97, failed: 1, retried: 2 }],
    },
  });
export type PushHealthView = z.infer<typeof PushHealthView>;
