import { createTransport } from 'nodemailer';
import { MailRefused, MailTransport, type Mail } from 'src/core/mail/mail-transport';

const TIMEOUT_MS = 10_000;
/** Of one mail, however lively its server is. */
const LONGEST_MS = 60_000;
/** Steps at which a server says what it thinks of the mail, and not of us. */
const ABOUT_THE_MAIL = ['EENVELOPE', 'EMESSAGE'];

/** Hands mails to a mail server. */
export class SmtpMailer extends MailTransport {
  private readonly transport;

  constructor(
    url: string,
    private readonly from: string,
    private readonly longestMs = LONGEST_MS,
  ) {
    super();
    const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
    this.transport = createTransport({ url, ...timeouts });
  }

  override async send({ to, subject, text, html }: Mail): Promise<void> {
    const headers = { 'Auto-Submitted': 'auto-generated' };
    const signal = AbortSignal.timeout(this.longestMs);
    try {
      await this.transport.sendMail({ from: this.from, to, subject, text, html, headers, signal });
    } catch (error) {
      const { code = '', permanent } = error as { code?: string; permanent?: boolean };
      throw permanent && ABOUT_THE_MAIL.includes(code) ? new MailRefused((error as Error).message) : error;
    }
  }

  override async forget(): Promise<void> {
    // what has been handed over is not here any more
  }
}
