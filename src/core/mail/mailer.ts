import { Inject, Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { RateLimits } from 'src/core/http/rate-limits';
import { MailTransport, type Mail } from 'src/core/mail/mail-transport';

/**
 * Codes are asked for by anybody, notices come of what only a user can do, and alarms tell him what may have been done to him by one who
 * made other mails come before: none uses up the room of the others.
 */
export type MailKind = 'code' | 'notice' | 'alarm';

const HOUR = 3600;

/**
 * Sends mails, to one mailbox only so many of a kind in an hour, so that nobody can flood it by what he asks of us. Call it from a job,
 * which is tried again when the mail server is away.
 */
@Injectable()
export class Mailer {
  private readonly logger = new Logger('Mail');

  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly limits: RateLimits,
    private readonly transport: MailTransport,
  ) {}

  /** Whether one more mail of the kind would be sent. */
  async hasRoom(address: string, kind: MailKind): Promise<boolean> {
    return (await this.limits.left(this.rule(kind), boxOf(address))) > 0;
  }

  /** Drops the mail if the mailbox has had its share. Throws `MailRefused`, or what trying again may mend. */
  async send(mail: Mail, kind: MailKind): Promise<void> {
    const [rule, box] = [this.rule(kind), boxOf(mail.to)];
    if (!(await this.limits.take(rule, box))) {
      this.logger.warn(`a ${kind} was not sent: its mailbox has had ${rule.points} within the hour`);
      return;
    }
    try {
      await this.transport.send(mail);
    } catch (error) {
      await this.limits.giveBack(rule, box);
      throw error;
    }
  }

  /** Throws away what is kept of mails to an address, and of those about an account, if anything is. */
  forget = (address: string, userId: string): Promise<void> => this.transport.forget(address, userId);

  private rule = (kind: MailKind) => ({ name: `mail:${kind}`, points: this.env.MAILS_PER_HOUR, seconds: HOUR });
}

/** The mailbox behind an address, which may have as many names as there are words behind a plus sign; in Redis only as a hash. */
function boxOf(address: string): string {
  const [, name = '', host = ''] = /^([^+]*).*(@[^@]*)$/.exec(address.toLowerCase()) ?? [];
  return createHash('sha256').update(`${name}${host}`).digest('base64url');
}
