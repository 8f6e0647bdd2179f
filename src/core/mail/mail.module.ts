import { Module } from '@nestjs/common';
import path from 'node:path';
import { ENV, type Env } from 'src/config/env';
import { FolderMailer } from 'src/core/mail/folder-mailer';
import { MailTransport } from 'src/core/mail/mail-transport';
import { Mailer } from 'src/core/mail/mailer';
import { SmtpMailer } from 'src/core/mail/smtp-mailer';

const createTransport = (env: Env): MailTransport =>
  env.SMTP_URL ? new SmtpMailer(env.SMTP_URL, env.MAIL_FROM) : new FolderMailer(path.join(env.MUSTER_HOME, 'mail'));

/** For features that send mail. */
@Module({
  providers: [Mailer, { provide: MailTransport, useFactory: createTransport, inject: [ENV] }],
  exports: [Mailer],
})
export class MailModule {}
