import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { EmailCodesRepository } from 'src/modules/auth/email-codes.repository';
import { EmailCodesService } from 'src/modules/auth/email-codes.service';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';

@Injectable()
export class AuthWorkers {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly codes: EmailCodesService,
    private readonly storedCodes: EmailCodesRepository,
  ) {}

  @OnJob('auth.forget_sessions')
  async forget() {
    await this.sessions.forgetExpired();
    await this.storedCodes.forgetExpired();
  }

  @OnJob('auth.mail_code')
  async mailCode(data: JobData<'auth.mail_code'>) {
    await this.codes.deliver(data);
  }
}
