import { Module } from '@nestjs/common';
import { AvatarPicturesService } from 'src/modules/files/avatar-pictures.service';
import { AvatarsController } from 'src/modules/files/avatars.controller';
import { AvatarsRepository } from 'src/modules/files/avatars.repository';
import { AvatarsService } from 'src/modules/files/avatars.service';
import { DirectUploadsController } from 'src/modules/files/direct-uploads.controller';
import { DirectUploadsService } from 'src/modules/files/direct-uploads.service';
import { DisowningService } from 'src/modules/files/disowning.service';
import { DownloadsService } from 'src/modules/files/downloads.service';
import { FileRules } from 'src/modules/files/file-rules.service';
import { FileUses } from 'src/modules/files/file-uses.service';
import { FilesController } from 'src/modules/files/files.controller';
import { FilesPersonalData } from 'src/modules/files/files.personal-data';
import { FilesRepository } from 'src/modules/files/files.repository';
import { FilesService } from 'src/modules/files/files.service';
import { FilesWorkers } from 'src/modules/files/files.workers';
import { InspectionService } from 'src/modules/files/inspection.service';
import { MediaTools } from 'src/modules/files/media-tools';
import { PictureRenderer } from 'src/modules/files/picture-renderer';
import { ProcessingService } from 'src/modules/files/processing.service';
import { QuotasRepository } from 'src/modules/files/quotas.repository';
import { QuotasService } from 'src/modules/files/quotas.service';
import { RenditionsRepository } from 'src/modules/files/renditions.repository';
import { SweepRepository } from 'src/modules/files/sweep.repository';
import { SweeperService } from 'src/modules/files/sweeper.service';
import { UploadsService } from 'src/modules/files/uploads.service';
import { UsersModule } from 'src/modules/users/users.module';

@Module({
  imports: [UsersModule],
  controllers: [AvatarsController, DirectUploadsController, FilesController],
  providers: [
    FilesService,
    UploadsService,
    DirectUploadsService,
    DownloadsService,
    QuotasService,
    AvatarsService,
    AvatarPicturesService,
    SweeperService,
    ProcessingService,
    InspectionService,
    DisowningService,
    PictureRenderer,
    MediaTools,
    FileRules,
    FileUses,
    FilesRepository,
    RenditionsRepository,
    AvatarsRepository,
    QuotasRepository,
    SweepRepository,
    FilesPersonalData,
    FilesWorkers,
  ],
  exports: [FilesService, DownloadsService, UploadsService, AvatarPicturesService],
})
export class FilesModule {}
