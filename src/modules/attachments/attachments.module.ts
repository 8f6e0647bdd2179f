import { Module } from '@nestjs/common';
import { AttachmentsService } from 'src/modules/attachments/attachments.service';
import { AttachmentUploadsController } from 'src/modules/attachments/uploads.controller';
import { ChatsModule } from 'src/modules/chats/chats.module';
import { FilesModule } from 'src/modules/files/files.module';

@Module({
  imports: [FilesModule, ChatsModule],
  controllers: [AttachmentUploadsController],
  providers: [AttachmentsService],
})
export class AttachmentsModule {}
