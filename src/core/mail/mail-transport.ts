export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** About whose account it is; by then he may have another address. */
  userId: string;
}

/** The mail server has said that it will never take that mail. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** The way to people's mailboxes; the outside world. */
export abstract class MailTransport {
  /** Throws `MailRefused`, or what trying again may mend. */
  abstract send(mail: Mail): Promise<void>;

  /** Throws away what is kept of mails to an address, and of those about an account, if anything is. */
  abstract forget(address: string, userId: string): Promise<void>;
}
