import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { NotYet } from 'src/core/jobs/jobs';
import { Outbox } from 'src/core/jobs/outbox';
import { GroupsService } from 'src/modules/chats/groups.service';

@Injectable()
export class ChatsWorkers {
  constructor(
    private readonly groups: GroupsService,
    private readonly outbox: Outbox,
  ) {}

  /** Last of all: who has still to end what people were doing there would not find it without the chat. */
  @OnEvent('chat.deserted')
  async purge({ chat_id: chatId }: Fact<'chat.deserted'>) {
    if (await this.outbox.awaits('chat_id', chatId, 'ChatsWorkers.purge'))
      throw new NotYet('others have work in the chat');
    await this.groups.purge(chatId);
  }
}
