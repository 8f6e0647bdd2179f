import { Injectable, Logger } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import { PushTransport, type Outcome, type Parcel } from 'src/modules/push/push.transport';
import { v7 as uuid } from 'uuid';

/**
 * Writes pushes to the log instead of sending them, so that a Muster without a push provider shows what it would send. Device tokens
 * are secrets and stay out of it.
 */
@Injectable()
export class LogTransport extends PushTransport {
  private readonly logger = new Logger('Push');

  override send(parcels: Parcel[]): Promise<Outcome[]> {
    for (const same of groupBy(parcels, ({ userId, content }) => JSON.stringify([userId, content])).values()) {
      const { userId, kind, content } = same[0]!;
      const devices = same.length === 1 ? '1 device' : `${same.length} devices`;
      const text = content.isSilent ? 'taken back' : `${oneLine(content.title)} | ${oneLine(content.body)}`;
      this.logger.log(`${kind} to ${userId} (${devices}): ${text}`);
    }
    return Promise.resolve(parcels.map(() => ({ is: 'sent', messageId: `log:${uuid()}` })));
  }
}

/** What people write must not look like other lines of the log. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '');
