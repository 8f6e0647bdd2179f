import { Injectable } from '@nestjs/common';
import { portions } from 'src/core/collections/collections';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Jobs } from 'src/core/jobs/jobs';
import { NotificationsRepository, type Decided } from 'src/modules/push/notifications.repository';
import { MOST_AT_ONCE } from 'src/modules/push/push.transport';
import {
  WithdrawalsRepository,
  type Extent,
  type Known,
  type Withdrawn,
} from 'src/modules/push/withdrawals.repository';

/** How somebody's list of notifications is other than it was: one is there, some are read, or some are not there any more. */
export type InboxChange = 'added' | 'read' | 'removed';

/** What people find in their lists of notifications, and what of it is taken back; each is told when his list changes. */
@Injectable()
export class InboxService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly notifications: NotificationsRepository,
    private readonly withdrawals: WithdrawalsRepository,
  ) {}

  /** Writes down what was decided of notifications, which puts them into the lists of those who want them there. */
  async put(decided: Decided[]): Promise<void> {
    await this.db.tx(async () => this.changed('added', await this.notifications.decide(decided)));
  }

  /** States, in the open transaction, whose lists have changed. */
  async changed(change: InboxChange, userIds: string[]): Promise<void> {
    if (userIds.length) await this.bus.publish('push.inbox_changed', { user_ids: [...new Set(userIds)], change });
  }

  /** Takes back what users were told under keys: what is not sent stays unsent, and devices that have it are told to remove it. */
  takeBackKeys = (told: { userId: string; key: string }[], extent: Extent): Promise<void> =>
    this.takeBack(told, extent, (some) => this.withdrawals.ofKeys(some, extent));

  /** The same of groups, up to a position. */
  takeBackGroups = (told: Known[], extent: Extent): Promise<void> =>
    this.takeBack(told, extent, (some) => this.withdrawals.ofGroups(some, extent));

  takeBackIds = (ids: number[], extent: Extent): Promise<void> =>
    this.takeBack(ids, extent, (some) => this.withdrawals.ofIds(some, extent));

  private async takeBack<What>(what: What[], extent: Extent, withdraw: (what: What[]) => Promise<Withdrawn>) {
    if (!what.length) return;
    await this.db.tx(async () => {
      const { onDevices, listed } = await withdraw(what);
      const chunks = [...portions(onDevices, MOST_AT_ONCE)].map((ids) => ({ notification_ids: ids }));
      await this.jobs.enqueueAll('push.take_back', chunks);
      await this.changed(extent === 'said' ? 'removed' : 'read', listed);
    });
  }
}
