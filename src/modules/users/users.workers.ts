import { Injectable } from '@nestjs/common';
import { OnJob } from 'src/core/jobs/jobs';
import { NamesRepository } from 'src/modules/users/names.repository';

@Injectable()
export class UsersWorkers {
  constructor(private readonly names: NamesRepository) {}

  @OnJob('users.fill_terms')
  async fillTerms() {
    await this.names.fillMissing();
  }
}
