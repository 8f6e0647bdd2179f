import { CHANNELS, TOPICS, type Channel, type Topic } from 'src/modules/push/preferences.entities';
import { wants, type Preferences } from 'src/modules/push/preferences.policy';
import { z } from 'zod';

const each = <Name extends string, Schema extends z.ZodType>(names: readonly Name[], schema: Schema) =>
  z.object(Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>);

const clock = () =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .meta({ example: '22:00' });

const channels = each(CHANNELS, z.boolean());
const QuietHoursView = z.object({
  enabled: z.boolean(),
  start: clock(),
  end: clock().describe('If not after the start, on the next day.'),
  allow: z.array(z.enum(TOPICS)).describe('What is pushed even then.'),
});

export const NotificationPreferencesView = z
  .object({
    kinds: each(TOPICS, channels).describe('`push`: phones; `web`: browsers; `inbox`: the list of notifications.'),
    quiet_hours: QuietHoursView.describe('By the clock of the user’s time zone.'),
    show_content: z.boolean().describe('false: pushes say only that there is something, and of what kind.'),
  })
  .meta({ id: 'NotificationPreferences' });
export type NotificationPreferencesView = z.infer<typeof NotificationPreferencesView>;

/** What is left out stays as it is. */
export const ChangeNotificationPreferences = z
  .object({
    kinds: each(TOPICS, channels.partial()).partial().optional(),
    quiet_hours: QuietHoursView.extend({ allow: z.array(z.enum(TOPICS)).max(TOPICS.length) })
      .partial()
      .optional(),
    show_content: z.boolean().optional(),
  })
  .meta({
    id: 'ChangeNotificationPreferences',
    example: { kinds: { message: { web: false } }, quiet_hours: { enabled: true, start: '22:00', end: '07:00' } },
  });
export type ChangeNotificationPreferences = z.infer<typeof ChangeNotificationPreferences>;

const DEFAULT_START = 22 * 60;
const DEFAULT_END = 7 * 60;

export const toPreferencesView = (preferences: Preferences): NotificationPreferencesView => ({
  kinds: Object.fromEntries(
    TOPICS.map((topic) => [
      topic,
      Object.fromEntries(CHANNELS.map((channel) => [channel, wants(preferences, topic, channel)])),
    ]),
  ) as Record<Topic, Record<Channel, boolean>>,
  quiet_hours: {
    enabled: preferences.quietStart !== null,
    start: toClock(preferences.quietStart ?? DEFAULT_START),
    end: toClock(preferences.quietEnd ?? DEFAULT_END),
    allow: preferences.quietAllow,
  },
  show_content: preferences.showContent,
});

/** The preferences with what is given changed. */
export function changed(now: Preferences, change: ChangeNotificationPreferences): Preferences {
  const off = new Set(now.off);
  for (const topic of TOPICS)
    for (const channel of CHANNELS) {
      const wanted = change.kinds?.[topic]?.[channel];
      if (wanted !== undefined) off[wanted ? 'delete' : 'add'](`${topic}.${channel}`);
    }
  const before = toPreferencesView(now).quiet_hours;
  const quiet = { ...before, ...change.quiet_hours };
  return {
    off: [...off],
    quietStart: quiet.enabled ? toMinutes(quiet.start) : null,
    quietEnd: quiet.enabled ? toMinutes(quiet.end) : null,
    quietAllow: [...new Set(quiet.allow)],
    showContent: change.show_content ?? now.showContent,
  };
}

const toClock = (minutes: number) =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
const toMinutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
