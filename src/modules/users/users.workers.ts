import { Injectable } from '@nestjs/common';
import { OnJob } from 'src/core/jobs/jobs';
import { NamesRepository } from 'src/modules/users/names.repository';
import { UsersService } from 'src/modules/users/users.service';

@Injectable()
export class UsersWorkers {
  constructor(
    private readonly names: NamesRepository,
    private readonly users: UsersService,
  ) {}

  @OnJob('users.fill_terms')
  async fillTerms() {
    await this.names.fillMissing();
  }

  @OnJob('users.forget_names')
  async forgetNames() {
    await this.users.forgetFormerUsernames();
  }
}
