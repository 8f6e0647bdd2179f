import { createTransport } from 'nodemailer';
import { MailTransport, type Mail } from 'src/core/mail/mail-transport';

const TIMEOUT_MS = 10_000;

/** Hands mails to a mail server. */
export class SmtpMailer extends MailTransport {
  private readonly transport;

  constructor(
    url: string,
    private readonly from: string,
  ) {
    super();
    const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
    this.transport = createTransport({ url, ...timeouts });
  }

  override async send(mail: Mail): Promise<void> {
    await this.transport.sendMail({ from: this.from, ...mail, headers: { 'Auto-Submitted': 'auto-generated' } });
  }

  override async forget(): Promise<void> {
    // what has been handed over is not here any more
  }
}
