import { Injectable } from '@nestjs/common';
import { OnJob } from 'src/core/jobs/jobs';
import { SessionsRepository } from 'src/modules/auth/sessions.repository';

@Injectable()
export class AuthWorkers {
  constructor(private readonly sessions: SessionsRepository) {}

  @OnJob('auth.forget_sessions')
  async forget() {
    await this.sessions.forgetExpired();
  }
}
