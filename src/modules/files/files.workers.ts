import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { FilesService } from 'src/modules/files/files.service';

@Injectable()
export class FilesWorkers {
  constructor(private readonly files: FilesService) {}

  @OnJob('files.collect')
  async collect({ file_ids: ids }: JobData<'files.collect'>) {
    await this.files.collect(ids);
  }

  @OnJob('files.remove')
  async remove({ file_id: id }: JobData<'files.remove'>) {
    await this.files.erase(id);
  }
}
