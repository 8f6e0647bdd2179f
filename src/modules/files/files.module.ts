import { Module } from '@nestjs/common';
import { DownloadsService } from 'src/modules/files/downloads.service';
import { FileUses } from 'src/modules/files/file-uses.service';
import { FilesController } from 'src/modules/files/files.controller';
import { FilesPersonalData } from 'src/modules/files/files.personal-data';
import { FilesRepository } from 'src/modules/files/files.repository';
import { FilesService } from 'src/modules/files/files.service';
import { FilesWorkers } from 'src/modules/files/files.workers';
import { UploadsService } from 'src/modules/files/uploads.service';

@Module({
  controllers: [FilesController],
  providers: [
    FilesService,
    UploadsService,
    DownloadsService,
    FileUses,
    FilesRepository,
    FilesPersonalData,
    FilesWorkers,
  ],
  exports: [FilesService, UploadsService],
})
export class FilesModule {}
