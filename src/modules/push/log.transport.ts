import { Injectable, Logger } from '@nestjs/common';
import { PushTransport, type Push } from 'src/modules/push/push.transport';
import { v7 as uuid } from 'uuid';

/**
 * Writes pushes to the log instead of sending them, so that a Muster without a push provider shows what it would send, also to
 * people without a device. Device tokens are secrets and stay out of it.
 */
@Injectable()
export class LogTransport extends PushTransport {
  private readonly logger = new Logger('Push');

  override send({ userId, kind, title, body, messages }: Push): Promise<string[]> {
    const devices = messages.length === 1 ? '1 device' : `${messages.length} devices`;
    const text = title || body ? `${oneLine(title)} | ${oneLine(body)}` : 'taken back';
    this.logger.log(`${kind} to ${userId} (${devices}): ${text}`);
    return Promise.resolve(messages.map(() => `log:${uuid()}`));
  }
}

/** What people write must not look like other lines of the log. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '');
