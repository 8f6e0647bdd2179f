import { TOPICS, type Channel, type NotificationPreferences, type Topic } from 'src/modules/push/preferences.entities';
import type { DeviceType } from 'src/modules/push/push.entities';
import { isQuiet } from 'src/modules/push/quiet-hours';

export type Preferences = Pick<
  NotificationPreferences,
  'off' | 'quietStart' | 'quietEnd' | 'quietAllow' | 'showContent'
>;

export const DEFAULT_PREFERENCES: Preferences = {
  off: [],
  quietStart: null,
  quietEnd: null,
  quietAllow: ['call'],
  showContent: true,
};

/** What a notification is about, for its user's preferences: its category if he can have an opinion on that, else its kind. */
export const topicOf = (kind: string, category: string | null): Topic =>
  TOPICS.find((topic) => topic === category) ?? TOPICS.find((topic) => topic === kind) ?? 'system';

export const wants = ({ off }: Preferences, topic: Topic, channel: Channel): boolean =>
  !off.includes(`${topic}.${channel}`);

/** The types of devices on which he wants to hear of it. */
export const devicesFor = (preferences: Preferences, topic: Topic): DeviceType[] => [
  ...(wants(preferences, topic, 'push') ? (['ios', 'android'] as const) : []),
  ...(wants(preferences, topic, 'web') ? (['web'] as const) : []),
];

/** Does he want to be left alone with it now? */
export const isSilenced = (
  { quietStart: start, quietEnd: end, quietAllow }: Preferences,
  topic: Topic,
  at: Date,
  timezone: string,
): boolean => start !== null && end !== null && !quietAllow.includes(topic) && isQuiet(at, timezone, { start, end });
