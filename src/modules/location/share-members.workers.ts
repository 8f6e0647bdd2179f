import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { ShareMembersService } from 'src/modules/location/share-members.service';

@Injectable()
export class ShareMembersWorkers {
  constructor(private readonly members: ShareMembersService) {}

  @OnEvent('chat.joined')
  async joined({ chat_id: chatId, user_ids: userIds }: Fact<'chat.joined'>) {
    await this.members.joined(chatId, userIds);
  }

  @OnEvent('chat.answered')
  async answered({ chat_id: chatId, user_id: userId }: Fact<'chat.answered'>) {
    await this.members.answered(chatId, userId);
  }

  @OnEvent('chat.left')
  async left({ chat_id: chatId, user_ids: userIds }: Fact<'chat.left'>) {
    await this.members.left(chatId, userIds);
  }

  @OnEvent('user.blocked')
  async parted({ user_id: one, other_id: other }: Fact<'user.blocked'>) {
    await this.members.met(one, other, true);
  }

  @OnEvent('user.unblocked')
  async reunited({ user_id: one, other_id: other }: Fact<'user.unblocked'>) {
    await this.members.met(one, other, false);
  }
}
