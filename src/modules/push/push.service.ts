import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { groupBy, portions } from 'src/core/collections/collections';
import { Database } from 'src/core/database/database';
import { Jobs } from 'src/core/jobs/jobs';
import { DevicesRepository, type RegisteredDevice } from 'src/modules/push/devices.repository';
import { InboxService } from 'src/modules/push/inbox.service';
import { NotificationsRepository, type NewNotification } from 'src/modules/push/notifications.repository';
import type { DeviceType, NotificationKind, NoteText } from 'src/modules/push/push.entities';
import { MOST_AT_ONCE } from 'src/modules/push/push.transport';
import { StandingService } from 'src/modules/push/standing.service';
import { WithdrawalsRepository, type Known } from 'src/modules/push/withdrawals.repository';
import { UsersService } from 'src/modules/users/users.service';

export type { RegisteredDevice };

/** Something that one user shall be told on his devices. */
export interface Note {
  userId: string;
  /** What it tells of, at most 255 characters, such as `message:<id>`: the user is told of it once, however often it is asked for. */
  key: string;
  kind: NotificationKind;
  /** A finer kind: `mention` and `location` have preferences of their own; others are for whoever reads the trace. */
  category?: string;
  /** Whose name, words or acts the texts have, if anybody's but the user's own: when that person leaves, the notification goes. */
  aboutUserId?: string;
  title: NoteText;
  body: NoteText;
  /** For the app: what to open. `type` is always the kind. */
  data: Record<string, string>;
  /** It wakes the device at once; after `until` it makes no sense and is not sent. */
  urgent?: { until: Date };
  /**
   * Notes of one group replace each other on the device, a burst of them comes as one push with the text of `summary` (whose `count` is
   * their number), and who looks at the group (`Attention.look` under this key, at most 64 characters) gets none. `position` grows.
   */
  group?: { key: string; position: number; summary: NoteText };
  /** Only for these devices; else for all. */
  deviceTypes?: DeviceType[];
  /** The same, by `PushService.devicesOf`. */
  deviceIds?: number[];
}

/** Tells people something on their devices, whoever asks for it. */
@Injectable()
export class PushService {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly users: UsersService,
    private readonly notifications: NotificationsRepository,
    private readonly devices: DevicesRepository,
    private readonly withdrawals: WithdrawalsRepository,
    private readonly standing: StandingService,
    private readonly inbox: InboxService,
    @Inject(ENV) private readonly env: Pick<Env, 'PUSH_BURST_MS'>,
  ) {}

  /**
   * Calls for pushes, in the open transaction or in one of its own; workers put them into the words of each user, and send them if his
   * preferences allow. Who is not an active user is left out, and so is what a user has been told already: it is safe to ask again.
   * Whom to tell (who has muted, whom a block keeps apart) is the caller's to know. Gives how many were new.
   */
  async notify(notes: Note[]): Promise<number> {
    if (!notes.length) return 0;
    return this.db.tx(async () => {
      const users = await this.users.activeByIds([...new Set(notes.map(({ userId }) => userId))]);
      const added = await this.notifications.insertNew(notes.filter(({ userId }) => users.has(userId)).map(toRow));
      for (const [isGrouped, rows] of groupBy(added, ({ is_grouped }) => is_grouped))
        await this.enqueue(rows, isGrouped ? this.env.PUSH_BURST_MS : 0);
      return added.length;
    });
  }

  /**
   * Takes back what users were told under a key, in the open transaction or in one of its own: what is not sent stays unsent, and
   * devices that have it are told to remove it. Safe to repeat, and where there is nothing to take back.
   */
  withdraw = (notes: Pick<Note, 'userId' | 'key'>[]): Promise<void> => this.inbox.takeBackKeys(notes, 'shown');

  /** The same, and nothing is left of what it said. */
  retract = (notes: Pick<Note, 'userId' | 'key'>[]): Promise<void> => this.inbox.takeBackKeys(notes, 'said');

  /** The same of all that users were told of a group. */
  retractGroup = (userIds: string[], group: string): Promise<void> =>
    this.inbox.takeBackGroups(
      userIds.map((userId) => ({ userId, group, upTo: Number.MAX_SAFE_INTEGER })),
      'said',
    );

  /** Users have seen what a group tells, up to a position: what was told of it is withdrawn. Mostly nothing was: then one look is all. */
  async seen(seen: Known[]): Promise<void> {
    if (seen.length && (await this.withdrawals.isToldOf(seen))) await this.inbox.takeBackGroups(seen, 'shown');
  }

  /** The devices that the users are pushed to, and with which session each was registered. */
  devicesOf = (userIds: string[]): Promise<RegisteredDevice[]> => this.devices.activeOf(userIds);

  /** Which of the users have been, or were to be, told under these keys. */
  told = async (notes: Pick<Note, 'userId' | 'key'>[]): Promise<Set<string>> =>
    new Set(notes.length ? await this.notifications.toldOf(notes) : []);

  /** Looks again at what was told of somebody; see `StandingService.reconsider`. */
  reconsider: StandingService['reconsider'] = (aboutUserId, which) => this.standing.reconsider(aboutUserId, which);

  private async enqueue(rows: { id: number }[], delayMs: number) {
    const chunks = [...portions(rows, MOST_AT_ONCE)].map((some) => ({ notification_ids: some.map(({ id }) => id) }));
    await this.jobs.enqueueAll('push.deliver', chunks, { delayMs });
  }
}

const toRow = (note: Note): NewNotification => ({
  userId: note.userId,
  aboutUserId: note.aboutUserId ?? null,
  dedupeKey: note.key,
  groupKey: note.group?.key ?? null,
  groupPosition: note.group?.position ?? null,
  texts: { title: note.title, body: note.body, ...(note.group && { summary: note.group.summary }) },
  notificationType: note.kind,
  category: note.category ?? null,
  data: { ...note.data, type: note.kind },
  deviceTypes: note.deviceTypes ?? null,
  deviceIds: note.deviceIds ?? null,
  urgentUntil: note.urgent?.until ?? null,
});
