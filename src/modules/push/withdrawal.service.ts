import { Injectable } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import { NotYet } from 'src/core/jobs/jobs';
import { DeliveriesRepository } from 'src/modules/push/deliveries.repository';
import { DispatchService } from 'src/modules/push/dispatch.service';
import { SEND_LEASE_SECONDS } from 'src/modules/push/push.transport';
import { WithdrawalsRepository } from 'src/modules/push/withdrawals.repository';

const MAKES_SENSE_MS = 60_000;

/** Takes notifications off the devices that have them. */
@Injectable()
export class WithdrawalService {
  constructor(
    private readonly withdrawals: WithdrawalsRepository,
    private readonly deliveries: DeliveriesRepository,
    private readonly dispatch: DispatchService,
  ) {}

  /** Removes withdrawn notifications from the devices that have them. Twice does no harm; if it fails nobody is the worse for it. */
  async takeBack(ids: number[]): Promise<void> {
    const gone = await this.withdrawals.withdrawn(ids, SEND_LEASE_SECONDS);
    const settled = new Map(gone.filter(({ is_being_sent }) => !is_being_sent).map((one) => [one.id, one]));
    const reached = await this.deliveries.reached([...settled.keys()]);
    const until = new Date(Date.now() + MAKES_SENSE_MS);
    const parcels = reached.map(({ notification_id: id, device_type: deviceType, token }) => {
      const { user_id: userId, key, notification_type: kind, data } = settled.get(id)!;
      const content = {
        key,
        title: '',
        body: '',
        data: { ...data, notification_id: String(id), collapse_key: key, withdrawn: 'true' },
        isSilent: true,
        isHigh: kind === 'call',
        until,
      };
      return { userId, kind, deviceType, token, content };
    });
    // Once for each device and place, though several were taken back.
    const needed = [...groupBy(parcels, ({ token, content }) => `${content.key} ${token}`).values()].map((same) =>
      same.at(-1)!,
    );
    await this.dispatch.send(needed);
    if (settled.size < gone.length) throw new NotYet('a notification is withdrawn, and it or a newer one on its way');
  }
}
