import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { Database } from 'src/core/database/database';
import { OnEvent } from 'src/core/events/bus';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { ChatsService } from 'src/modules/chats/chats.service';
import { BlocksService } from 'src/modules/users/blocks.service';

@Injectable()
export class ReunionsWorkers {
  constructor(
    private readonly db: Database,
    private readonly log: ChatLog,
    private readonly chats: ChatsService,
    private readonly blocks: BlocksService,
  ) {}

  /** What two have read and got while one had blocked the other, neither was told; nor is it while the other still blocks the one. */
  @OnEvent('user.unblocked')
  async reunited({ user_id: one, other_id: other }: Fact<'user.unblocked'>) {
    const chatId = await this.chats.privateChatOf(one, other);
    if (chatId === undefined) return;
    await this.db.tx(async () => {
      if (!(await this.log.lock([chatId])).length || (await this.blocks.blockedBetween(one, [other])).size) return;
      const shown = [one, other].map((userId) => ({ type: 'participant_updated' as const, userId }));
      await this.log.append(chatId, ...shown);
    });
  }
}
