export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** The way to people's mailboxes; the outside world. Call it from a job, which is tried again when the mail server is away. */
export abstract class Mailer {
  /** Throws what trying again may mend. */
  abstract send(mail: Mail): Promise<void>;

  /** Throws away what is kept of mails to an address, if anything is. */
  abstract forget(address: string): Promise<void>;
}
