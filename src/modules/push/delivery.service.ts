import { Injectable, Logger } from '@nestjs/common';
import { groupBy, portions } from 'src/core/collections/collections';
import { Database } from 'src/core/database/database';
import { Jobs, NotYet } from 'src/core/jobs/jobs';
import { DecisionsService, type Due } from 'src/modules/push/decisions.service';
import { DeliveriesRepository, type DueDelivery } from 'src/modules/push/deliveries.repository';
import { DevicesRepository } from 'src/modules/push/devices.repository';
import { DispatchService } from 'src/modules/push/dispatch.service';
import { NotificationsRepository, type ClaimedNotification } from 'src/modules/push/notifications.repository';
import { MOST_AT_ONCE, SEND_LEASE_SECONDS, type Outcome } from 'src/modules/push/push.transport';

const SECOND = 1000;
const LONGEST_WAIT_MS = 600 * SECOND;
/** So long it is tried again; then it is old news. */
const GIVE_UP_MS = 86_400 * SECOND;

/** Brings notifications to devices. */
@Injectable()
export class DeliveryService {
  private readonly logger = new Logger('Push');

  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly notifications: NotificationsRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly devices: DevicesRepository,
    private readonly decisions: DecisionsService,
    private readonly dispatch: DispatchService,
  ) {}

  /**
   * Sends notifications to the devices of their users, once to each however often this runs: only who has claimed a notification sends
   * it, and a device that has it is not asked for again. One gap is left, for no provider takes part in our transactions: what a worker
   * that is killed had under way, or got no answer for, is sent again, and replaces on the device what may have come.
   */
  async deliver(ids: number[]): Promise<void> {
    const claimed = await this.notifications.claim(ids, SEND_LEASE_SECONDS);
    const own = new Set(claimed.map(({ id }) => id));
    const isLeft = await this.notifications.isBeingSent(ids.filter((id) => !own.has(id)));
    for (const some of portions(claimed, MOST_AT_ONCE)) await this.deliverSome(some);
    // The other one may be dead.
    if (isLeft) throw new NotYet('a notification is being sent by another worker');
  }

  private async deliverSome(claimed: ClaimedNotification[]): Promise<void> {
    try {
      const due = await this.decisions.decide(claimed);
      if (due.length) await this.send(due);
    } catch (error) {
      await this.notifications.release(claimed.map(({ id }) => id));
      throw error;
    }
  }

  private async send(due: Due[]): Promise<void> {
    const pending = await this.deliveries.due(due);
    const byId = new Map(due.map((one) => [one.id, one]));
    const outcomes = await this.dispatch.send(
      pending.map(({ notification_id: id, device_type: deviceType, token, locale }) => {
        const { userId, kind, content } = byId.get(id)!;
        return { userId, kind, deviceType, token, content: content(locale) };
      }),
    );
    const tried = pending.map((delivery, index) => {
      const { createdAt } = byId.get(delivery.notification_id)!;
      return { ...delivery, outcome: orTooLate(outcomes[index]!, createdAt) };
    });
    const putOff = tried.flatMap(({ outcome }) => (outcome.is === 'later' ? [outcome.why] : []));
    if (putOff.length) this.logger.warn(`${putOff.length} put off: ${[...new Set(putOff)].slice(0, 3).join('; ')}`);
    await this.conclude(due, tried);
  }

  private async conclude(due: Due[], tried: (DueDelivery & { outcome: Outcome })[]) {
    await this.db.tx(async () => {
      await this.deliveries.record(tried);
      await this.devices.drop(tried.filter(({ outcome }) => outcome.is === 'gone'));
      const open = new Set(await this.notifications.conclude(due.map(({ id }) => id)));
      const waits = new Map<number, number>();
      for (const { notification_id: id, outcome, attempts } of tried)
        if (outcome.is === 'later' && open.has(id))
          waits.set(id, Math.max(waits.get(id) ?? 0, waitOf(attempts, outcome.afterMs)));
      for (const [delayMs, some] of groupBy(waits, ([, ms]) => ms))
        await this.jobs.enqueue('push.deliver', { notification_ids: some.map(([id]) => id) }, { delayMs });
    });
  }
}

const orTooLate = (outcome: Outcome, createdAt: Date): Outcome =>
  outcome.is === 'later' && Date.now() - createdAt.getTime() > GIVE_UP_MS
    ? { is: 'refused', why: outcome.why }
    : outcome;

/** 1, 2, 4 … 600 seconds, or what the provider asked for if that is longer; whole seconds, so that many go in one job. */
const waitOf = (attempts: number, afterMs = 0) =>
  Math.ceil(Math.max(afterMs, Math.min(SECOND * 2 ** Math.min(attempts, 20), LONGEST_WAIT_MS)) / SECOND) * SECOND;
