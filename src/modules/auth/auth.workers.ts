import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { EmailCodesRepository } from 'src/modules/auth/email-codes.repository';
import { EmailCodesService } from 'src/modules/auth/email-codes.service';
import { EmailChangedMail } from 'src/modules/auth/email-changed-mail';
import { SecurityLog } from 'src/modules/auth/security-log.service';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';
import { SignInMail } from 'src/modules/auth/sign-in-mail';

@Injectable()
export class AuthWorkers {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly codes: EmailCodesService,
    private readonly storedCodes: EmailCodesRepository,
    private readonly log: SecurityLog,
    private readonly signInMail: SignInMail,
    private readonly emailChangedMail: EmailChangedMail,
  ) {}

  @OnJob('auth.forget_sessions')
  async forget() {
    // each whatever becomes of the others
    const outcomes = await Promise.allSettled([
      this.sessions.forgetExpired(),
      this.storedCodes.forgetExpired(),
      this.log.forgetOld(),
    ]);
    for (const one of outcomes) if (one.status === 'rejected') throw one.reason;
  }

  @OnJob('auth.mail_code')
  async mailCode(data: JobData<'auth.mail_code'>) {
    await this.codes.deliver(data);
  }

  @OnJob('auth.mail_change_code')
  async mailChangeCode(data: JobData<'auth.mail_change_code'>) {
    await this.codes.deliverChange(data);
  }

  @OnJob('auth.mail_email_changed')
  async mailEmailChanged({ user_id: userId, email }: JobData<'auth.mail_email_changed'>) {
    await this.emailChangedMail.send(userId, email);
  }

  @OnJob('auth.mail_sign_in')
  async mailSignIn({ event_id: eventId }: JobData<'auth.mail_sign_in'>) {
    await this.signInMail.send(eventId);
  }
}
