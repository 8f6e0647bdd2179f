import { Injectable } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import { FcmTransport } from 'src/modules/push/fcm.transport';
import { LogTransport } from 'src/modules/push/log.transport';
import { PushTransport, type Outcome, type Parcel } from 'src/modules/push/push.transport';
import { isSubscription } from 'src/modules/push/subscription';
import { WebPushTransport } from 'src/modules/push/web-push.transport';

/** Gives each push to the transport that reaches its device; what no provider is configured for goes to the log. */
@Injectable()
export class Transports extends PushTransport {
  constructor(
    private readonly fcm: FcmTransport,
    private readonly web: WebPushTransport,
    private readonly log: LogTransport,
  ) {
    super();
  }

  /** Which providers there is an account of. */
  get configured(): { fcm: boolean; web_push: boolean } {
    return { fcm: this.fcm.isConfigured, web_push: this.web.isConfigured };
  }

  override async send(parcels: Parcel[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    await Promise.all(
      [...groupBy(parcels.keys(), (index) => this.of(parcels[index]!))].map(async ([transport, indexes]) => {
        const own = await transport.send(indexes.map((index) => parcels[index]!));
        own.forEach((outcome, at) => (outcomes[indexes[at]!] = outcome));
      }),
    );
    return outcomes;
  }

  private of({ token }: Parcel): PushTransport {
    const transport = isSubscription(token) ? this.web : this.fcm;
    return transport.isConfigured ? transport : this.log;
  }
}
