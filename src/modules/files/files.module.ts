import { Module } from '@nestjs/common';
import { DirectUploadsController } from 'src/modules/files/direct-uploads.controller';
import { DirectUploadsService } from 'src/modules/files/direct-uploads.service';
import { DownloadsService } from 'src/modules/files/downloads.service';
import { FileRules } from 'src/modules/files/file-rules.service';
import { FileUses } from 'src/modules/files/file-uses.service';
import { FilesController } from 'src/modules/files/files.controller';
import { FilesPersonalData } from 'src/modules/files/files.personal-data';
import { FilesRepository } from 'src/modules/files/files.repository';
import { FilesService } from 'src/modules/files/files.service';
import { FilesWorkers } from 'src/modules/files/files.workers';
import { QuotasRepository } from 'src/modules/files/quotas.repository';
import { QuotasService } from 'src/modules/files/quotas.service';
import { SweepRepository } from 'src/modules/files/sweep.repository';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { UploadsService } from 'src/modules/files/uploads.service';

@Module({
  controllers: [DirectUploadsController, FilesController],
  providers: [
    FilesService,
    UploadsService,
    DirectUploadsService,
    DownloadsService,
    QuotasService,
    SweeperService,
    FileRules,
    FileUses,
    FilesRepository,
    QuotasRepository,
    SweepRepository,
    FilesPersonalData,
    FilesWorkers,
  ],
  exports: [FilesService, UploadsService, QuotasService],
})
export class FilesModule {}
