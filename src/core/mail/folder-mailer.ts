import { Logger } from '@nestjs/common';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MailTransport, type Mail } from 'src/core/mail/mail-transport';
import { v7 as uuid } from 'uuid';

/** Without a mail server, mails lie in a folder, newest last, for whoever runs this Muster to read. The log only says so: mails hold secrets. */
export class FolderMailer extends MailTransport {
  private readonly logger = new Logger('Mail');

  constructor(private readonly folder: string) {
    super();
  }

  override async send({ to, subject, text, userId }: Mail): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = path.join(this.folder, `${uuid()}.${userId}.txt`);
    await writeFile(file, `To: ${to}\nSubject: ${subject}\n\n${text}\n`, { mode: 0o600 });
    this.logger.log(`a mail is in ${file}`);
  }

  override async forget(address: string, userId: string): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.txt'))) {
      const file = path.join(this.folder, name);
      const isHis = name.endsWith(`.${userId}.txt`) || (await readFile(file, 'utf8')).startsWith(`To: ${address}\n`);
      if (isHis) await rm(file, { force: true });
    }
  }
}
