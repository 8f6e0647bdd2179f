import { Injectable } from '@nestjs/common';
import { DevicesRepository } from 'src/modules/push/devices.repository';
import { NotificationsRepository, type ClaimedNotification } from 'src/modules/push/notifications.repository';
import { PushTransport, SEND_LEASE_SECONDS, toFcmMessage, toWithdrawal } from 'src/modules/push/push.transport';

/** Brings notifications to devices. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly notifications: NotificationsRepository,
    private readonly devices: DevicesRepository,
    private readonly transport: PushTransport,
  ) {}

  /**
   * Sends a notification to all active devices of its user, once however often this runs: only who has claimed it sends, and what
   * is sent cannot be claimed. One gap is left, for no provider takes part in our transactions: a worker that is killed after the
   * provider's answer and before `markSent` leaves a claim that ends, and then it is sent again. Late and twice is better than never.
   */
  async deliver(id: number): Promise<void> {
    const claimed = await this.notifications.claim(id, SEND_LEASE_SECONDS);
    if (claimed) return this.send(claimed);
    // Failing lets the job come again: the other one may be dead.
    if (await this.notifications.isOpen(id)) throw new Error(`notification ${id} is being sent by another worker`);
  }

  /** Removes a withdrawn notification from the devices that have it. Twice does no harm. */
  async takeBack(id: number): Promise<void> {
    const gone = await this.notifications.withdrawn(id, SEND_LEASE_SECONDS);
    if (!gone?.is_there) return;
    if (gone.is_being_sent) throw new Error(`notification ${id} is withdrawn, and on its way`);
    const { user_id: userId, notification_type: kind } = gone;
    const messages = (await this.devices.activeTokens(userId)).map((token) => toWithdrawal(token, gone));
    if (messages.length) await this.transport.send({ userId, kind, title: '', body: '', messages });
  }

  private async send({ id, user_id: userId, notification_type: kind, is_late: isLate, ...rest }: ClaimedNotification) {
    if (isLate) return this.notifications.giveUp(id, 'expired');
    const { title, body } = rest;
    try {
      const tokens = await this.devices.activeTokens(userId);
      const messages = tokens.map((token) => toFcmMessage(token, { ...rest, urgentUntil: rest.urgent_until }));
      const [messageId] = await this.transport.send({ userId, kind, title, body, messages });
      if (messageId === undefined) await this.notifications.giveUp(id, 'no_device');
      else await this.notifications.markSent(id, messageId);
    } catch (error) {
      await this.notifications.release(id);
      throw error;
    }
  }
}
