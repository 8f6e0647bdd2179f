import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { GroupsService } from 'src/modules/chats/groups.service';

@Injectable()
export class ChatsWorkers {
  constructor(private readonly groups: GroupsService) {}

  @OnEvent('chat.deserted')
  async purge({ chat_id: chatId }: Fact<'chat.deserted'>) {
    await this.groups.purge(chatId);
  }
}
