export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** The way to people's mailboxes; the outside world. */
export abstract class MailTransport {
  /** Throws what trying again may mend. */
  abstract send(mail: Mail): Promise<void>;

  /** Throws away what is kept of mails to an address, if anything is. */
  abstract forget(address: string): Promise<void>;
}
