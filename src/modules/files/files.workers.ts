import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { FilesService } from 'src/modules/files/files.service';
import { SweeperService } from 'src/modules/files/sweeper.service';

@Injectable()
export class FilesWorkers {
  constructor(
    private readonly files: FilesService,
    private readonly sweeper: SweeperService,
  ) {}

  @OnJob('files.collect')
  async collect({ file_ids: ids }: JobData<'files.collect'>) {
    await this.files.collect(ids);
  }

  @OnJob('files.remove')
  async remove({ file_id: id }: JobData<'files.remove'>) {
    await this.files.erase(id);
  }

  @OnJob('files.sweep_rows')
  async sweepRows() {
    await this.sweeper.sweepRows();
  }

  @OnJob('files.sweep_objects')
  async sweepObjects() {
    await this.sweeper.sweepObjects();
  }
}
