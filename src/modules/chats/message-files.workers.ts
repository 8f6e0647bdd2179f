import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { ChatAvatarsService } from 'src/modules/chats/chat-avatars.service';
import { MessageFilesService } from 'src/modules/chats/message-files.service';

@Injectable()
export class MessageFilesWorkers {
  constructor(
    private readonly files: MessageFilesService,
    private readonly avatars: ChatAvatarsService,
  ) {}

  @OnEvent('file.deleted')
  async takenBack({ file_id: fileId }: Fact<'file.deleted'>) {
    await this.files.changed(fileId, 'deleted');
    await this.avatars.drop(fileId);
  }

  @OnEvent('file.processed')
  async processed({ file_id: fileId }: Fact<'file.processed'>) {
    await this.files.changed(fileId, 'processed');
  }
}
