import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { AppError } from 'src/core/errors/app-error';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { AvatarsService } from 'src/modules/files/avatars.service';
import { DisowningService } from 'src/modules/files/disowning.service';
import { FilesService } from 'src/modules/files/files.service';
import { ProcessingService } from 'src/modules/files/processing.service';
import { removeAbandoned } from 'src/modules/files/scratch';
import { SweeperService } from 'src/modules/files/sweeper.service';

@Injectable()
export class FilesWorkers {
  constructor(
    private readonly files: FilesService,
    private readonly processing: ProcessingService,
    private readonly disowning: DisowningService,
    private readonly sweeper: SweeperService,
    private readonly avatars: AvatarsService,
  ) {}

  @OnEvent('file.deleted')
  async dropAvatar({ file_id: id }: Fact<'file.deleted'>) {
    await this.avatars.drop(id);
  }

  @OnJob('files.process')
  async process({ file_id: id }: JobData<'files.process'>) {
    await retried(() => this.processing.process(id));
  }

  @OnJob('files.hash')
  async hash({ file_id: id }: JobData<'files.hash'>) {
    await retried(() => this.processing.hash(id));
  }

  @OnJob('files.collect')
  async collect({ file_ids: ids }: JobData<'files.collect'>) {
    await this.files.collect(ids);
  }

  @OnJob('files.disown')
  async disown({ file_ids: ids, stand_in_id: standInId }: JobData<'files.disown'>) {
    await retried(() => this.disowning.disown(ids, standInId));
  }

  @OnJob('files.remove')
  async remove({ file_id: id }: JobData<'files.remove'>) {
    await retried(() => this.files.erase(id));
  }

  @OnJob('files.sweep_rows')
  async sweepRows() {
    await this.sweeper.sweepRows();
  }

  @OnJob('files.sweep_objects')
  async sweepObjects() {
    await removeAbandoned();
    await this.sweeper.sweepObjects();
  }
}

/** A storage that is away is an `AppError` to callers, of whom none is here: the work is to be tried again. */
async function retried(work: () => Promise<void>) {
  try {
    await work();
  } catch (error) {
    throw error instanceof AppError && error.status >= 500 ? new Error(error.code) : error;
  }
}
