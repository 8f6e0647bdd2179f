import { Module } from '@nestjs/common';
import { AttachmentUploadsController } from 'src/modules/attachments/uploads.controller';
import { FilesModule } from 'src/modules/files/files.module';

@Module({ imports: [FilesModule], controllers: [AttachmentUploadsController] })
export class AttachmentsModule {}
