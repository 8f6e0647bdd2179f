import { Injectable, Logger } from '@nestjs/common';
import { groupBy, portions } from 'src/core/collections/collections';
import { Database } from 'src/core/database/database';
import { Jobs, NotYet } from 'src/core/jobs/jobs';
import { DecisionsService, type Due } from 'src/modules/push/decisions.service';
import { DeliveriesRepository, type DueDelivery } from 'src/modules/push/deliveries.repository';
import { DevicesRepository } from 'src/modules/push/devices.repository';
import { DispatchService } from 'src/modules/push/dispatch.service';
import {
  NotificationsRepository,
  type Claim,
  type ClaimedNotification,
} from 'src/modules/push/notifications.repository';
import { MOST_AT_ONCE, SEND_LEASE_SECONDS, type Outcome } from 'src/modules/push/push.transport';
import { StandingService } from 'src/modules/push/standing.service';

const SECOND = 1000;
const LONGEST_WAIT_MS = 600 * SECOND;
/** So long it is tried again; then it is old news. */
const GIVE_UP_MS = 86_400 * SECOND;

/** The claims under which a job holds notifications, by their ids. */
type Claims = Map<number, string>;
type Tried = DueDelivery & { outcome: Outcome };

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
    private readonly standing: StandingService,
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
    const claims: Claims = new Map(claimed.map(({ id, claim }) => [id, claim]));
    for (const [index, some] of [...portions(claimed, MOST_AT_ONCE)].entries()) {
      const held = index ? await this.renew(claims, some) : new Set(some.map(({ id }) => id));
      const lost = some.filter(({ id }) => !held.has(id));
      if (lost.length) await this.notifications.release(of(claims, lost));
      await this.deliverSome(
        some.filter(({ id }) => held.has(id)),
        claims,
      );
    }
    // The other one may be dead.
    if (isLeft) throw new NotYet('a notification is being sent by another worker');
  }

  private async deliverSome(claimed: ClaimedNotification[], claims: Claims): Promise<void> {
    try {
      const due = await this.decisions.decide(await this.standing.sift(claimed));
      if (due.length) await this.send(due, claims);
    } catch (error) {
      await this.notifications.release(of(claims, claimed));
      throw error;
    }
  }

  private async send(due: Due[], claims: Claims): Promise<void> {
    const pending = await this.deliveries.due(due);
    const byId = new Map(due.map((one) => [one.id, one]));
    const tried: Tried[] = [];
    // Each portion may take as long as the lease is.
    for (const [index, some] of [...portions(pending, MOST_AT_ONCE)].entries()) {
      const held = index ? await this.renew(claims, due) : byId;
      const own = some.filter(({ notification_id: id }) => held.has(id));
      tried.push(...(await this.sendSome(own, byId)));
    }
    const putOff = tried.flatMap(({ outcome }) => (outcome.is === 'later' ? [outcome.why] : []));
    if (putOff.length) this.logger.warn(`${putOff.length} put off: ${[...new Set(putOff)].slice(0, 3).join('; ')}`);
    await this.conclude(of(claims, due), tried);
  }

  private async sendSome(pending: DueDelivery[], due: Map<number, Due>): Promise<Tried[]> {
    const outcomes = await this.dispatch.send(
      pending.map(({ notification_id: id, device_type: deviceType, token, locale }) => {
        const { userId, kind, content } = due.get(id)!;
        return { userId, kind, deviceType, token, content: content(locale) };
      }),
    );
    return pending.map((delivery, index) => {
      const { createdAt } = due.get(delivery.notification_id)!;
      return { ...delivery, outcome: orTooLate(outcomes[index]!, createdAt) };
    });
  }

  /** Those of them that are still to be sent, and by us. */
  private async renew(claims: Claims, some: { id: number }[]): Promise<Set<number>> {
    const renewed = await this.notifications.renew(of(claims, some));
    renewed.forEach(({ id, claim }) => claims.set(id, claim));
    return new Set(renewed.map(({ id }) => id));
  }

  private async conclude(claims: Claim[], tried: Tried[]) {
    await this.db.tx(async () => {
      await this.deliveries.record(tried);
      await this.devices.drop(tried.filter(({ outcome }) => outcome.is === 'gone'));
      const open = new Set(await this.notifications.conclude(claims));
      const waits = new Map<number, number>();
      for (const { notification_id: id, outcome, attempts } of tried)
        if (outcome.is === 'later' && open.has(id))
          waits.set(id, Math.max(waits.get(id) ?? 0, waitOf(attempts, outcome.afterMs)));
      for (const [delayMs, some] of groupBy(waits, ([, ms]) => ms))
        await this.jobs.enqueue('push.deliver', { notification_ids: some.map(([id]) => id) }, { delayMs });
    });
  }
}

const of = (claims: Claims, some: { id: number }[]): Claim[] => some.map(({ id }) => ({ id, claim: claims.get(id)! }));

const orTooLate = (outcome: Outcome, createdAt: Date): Outcome =>
  outcome.is === 'later' && Date.now() - createdAt.getTime() > GIVE_UP_MS
    ? { is: 'refused', why: outcome.why }
    : outcome;

/** 1, 2, 4 … 600 seconds, or what the provider asked for if that is longer; whole seconds, so that many go in one job. */
const waitOf = (attempts: number, afterMs = 0) =>
  Math.ceil(Math.max(afterMs, Math.min(SECOND * 2 ** Math.min(attempts, 20), LONGEST_WAIT_MS)) / SECOND) * SECOND;
