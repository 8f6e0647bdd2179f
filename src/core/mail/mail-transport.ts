export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** The mail server has said that it will never take that mail. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** The way to people's mailboxes; the outside world. */
export abstract class MailTransport {
  /** Throws `MailRefused`, or what trying again may mend. */
  abstract send(mail: Mail): Promise<void>;

  /** Throws away what is kept of mails to an address, if anything is. */
  abstract forget(address: string): Promise<void>;
}
