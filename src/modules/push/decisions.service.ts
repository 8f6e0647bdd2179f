import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { groupBy } from 'src/core/collections/collections';
import { Attention } from 'src/core/realtime/attention';
import type { Unbadged } from 'src/modules/push/dispatch.service';
import { InboxService } from 'src/modules/push/inbox.service';
import { NotificationsRepository, type ClaimedNotification } from 'src/modules/push/notifications.repository';
import type { DeviceType, NotificationKind } from 'src/modules/push/push.entities';
import {
  DEFAULT_PREFERENCES,
  devicesFor,
  isSilenced,
  topicOf,
  wants,
  type Preferences,
} from 'src/modules/push/preferences.policy';
import type { Topic } from 'src/modules/push/preferences.entities';
import { PreferencesRepository } from 'src/modules/push/preferences.repository';
import { TemplatesService } from 'src/modules/push/templates.service';
import { TextsService } from 'src/modules/push/texts.service';
import type { Suppression } from 'src/modules/push/verdict';
import type { User } from 'src/modules/users/users.entities';
import { UsersService } from 'src/modules/users/users.service';

/** A notification that is to be sent. */
export interface Due {
  id: number;
  userId: string;
  kind: NotificationKind;
  deviceTypes: DeviceType[];
  /** Of these only those; null: all. */
  deviceIds: number[] | null;
  createdAt: Date;
  /** What a device of this locale is to show. */
  content: (locale: string | null) => Unbadged['content'];
}

type Judged = ClaimedNotification & {
  user: User | undefined;
  preferences: Preferences;
  topic: Topic;
  reason: Suppression | null;
};

/** What a push that must not tell may still carry: what to open, not who or what. */
const DISCREET_DATA = /^(type|event|.*_id|call_type|channel_name|rings_until|collapse_key)$/;

/** Decides of claimed notifications which are sent, and what they say. */
@Injectable()
export class DecisionsService {
  constructor(
    private readonly users: UsersService,
    private readonly notifications: NotificationsRepository,
    private readonly inbox: InboxService,
    private readonly texts: TextsService,
    private readonly templates: TemplatesService,
    private readonly attention: Attention,
    private readonly preferences: PreferencesRepository,
    @Inject(ENV) private readonly env: Pick<Env, 'PUSH_PRIVATE'>,
  ) {}

  /** Writes what was decided to the notifications; those of one group come together, as one. */
  async decide(claimed: ClaimedNotification[]): Promise<Due[]> {
    if (!claimed.length) return [];
    await this.templates.refresh();
    const judged = await this.judge(claimed);
    const bundles = [
      ...groupBy(
        judged.filter(({ reason }) => !reason),
        bundleOf,
      ).values(),
    ];
    const leads = bundles.map((bundle) => bundle.reduce((last, one) => (placeOf(one) >= placeOf(last) ? one : last)));
    const collapsed = new Set(bundles.flat());
    leads.forEach((lead) => collapsed.delete(lead));
    const bursts = leads.filter((_, index) => bundles[index]!.length > 1);
    const before = await this.notifications.unseenBefore(bursts.map(({ id }) => id));
    await this.inbox.put(
      judged.map((one) => ({
        id: one.id,
        ...this.texts.words(one.texts, this.readerOf(one.user, null)),
        inInbox: wants(one.preferences, one.topic, 'inbox'),
        reason: collapsed.has(one) ? 'collapsed' : one.reason,
      })),
    );
    return leads.map((lead, index) => {
      const count = bundles[index]!.length;
      return this.toDue(lead, count > 1 ? count + (before.get(lead.id) ?? 0) : 1);
    });
  }

  private async judge(claimed: ClaimedNotification[]): Promise<Judged[]> {
    const userIds = [...new Set(claimed.map(({ user_id }) => user_id))];
    const [users, preferences] = await Promise.all([this.users.activeByIds(userIds), this.preferences.of(userIds)]);
    const looking = new Map<string, Set<string>>();
    for (const [key, some] of groupBy(claimed, ({ group_key }) => group_key))
      if (key !== null)
        looking.set(
          key,
          await this.attention.lookingAt(
            key,
            some.map(({ user_id }) => user_id),
          ),
        );
    const now = new Date();
    return claimed.map((one) => {
      const own = preferences.get(one.user_id) ?? DEFAULT_PREFERENCES;
      const about = {
        ...one,
        user: users.get(one.user_id),
        preferences: own,
        topic: topicOf(one.notification_type, one.category),
      };
      const isLooking = looking.get(one.group_key ?? '')?.has(one.user_id) ?? false;
      return { ...about, reason: whyNot(about, isLooking, now) };
    });
  }

  private toDue(one: Judged, count: number): Due {
    const key = one.group_key ?? one.key;
    const isDiscreet = this.env.PUSH_PRIVATE || !one.preferences.showContent;
    const all = { ...one.data, notification_id: String(one.id), collapse_key: key };
    const data = isDiscreet
      ? Object.fromEntries(Object.entries(all).filter(([name]) => DISCREET_DATA.test(name)))
      : all;
    const isUrgent = one.urgent_until !== null;
    return {
      id: one.id,
      userId: one.user_id,
      kind: one.notification_type,
      deviceTypes: devicesFor(one.preferences, one.topic).filter((type) => one.device_types?.includes(type) ?? true),
      deviceIds: one.device_ids,
      createdAt: one.created_at,
      content: (locale) => ({
        key,
        ...(isDiscreet
          ? this.texts.discreet(one.notification_type, this.readerOf(one.user, locale), count)
          : this.texts.words(one.texts, this.readerOf(one.user, locale), count)),
        data,
        isSilent: false,
        isHigh: isUrgent || one.notification_type === 'message',
        until: one.urgent_until,
      }),
    };
  }

  private readerOf(user: User | undefined, locale: string | null) {
    return {
      language: this.texts.languageOf(user?.language, locale),
      locale: locale ?? undefined,
      timeZone: user?.timezone,
    };
  }
}

/** Why a notification is not sent, the first reason that there is. */
function whyNot(
  { is_late, user, preferences, topic }: Omit<Judged, 'reason'>,
  isLooking: boolean,
  now: Date,
): Suppression | null {
  if (is_late) return 'expired';
  if (!user) return 'user_gone';
  if (isLooking) return 'looking';
  if (!devicesFor(preferences, topic).length) return 'preference';
  if (isSilenced(preferences, topic, now, user.timezone)) return 'quiet_hours';
  return null;
}

const bundleOf = ({ id, user_id, group_key }: ClaimedNotification) => (group_key ? `${user_id} ${group_key}` : id);
const placeOf = ({ group_position, id }: ClaimedNotification) => group_position ?? id;
