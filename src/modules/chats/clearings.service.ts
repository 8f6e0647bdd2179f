import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { groupOf } from 'src/modules/chats/message-notes';
import type { ClearedView } from 'src/modules/chats/preferences.dto';
import { PreferencesRepository } from 'src/modules/chats/preferences.repository';
import { ReceiptsService } from 'src/modules/chats/receipts.service';
import { PushService } from 'src/modules/push/push.service';

/** Takes away for oneself alone what was said in a chat. */
@Injectable()
export class ClearingsService {
  constructor(
    private readonly db: Database,
    private readonly streams: Streams,
    private readonly log: ChatLog,
    private readonly receipts: ReceiptsService,
    private readonly preferences: PreferencesRepository,
    private readonly push: PushService,
  ) {}

  /** All that was said so far, and what the caller was told of it; he has read it. */
  async clear(user: Principal, chatId: number): Promise<ClearedView> {
    return this.db.tx(async () => {
      await this.log.lock([chatId]); // what is said in this moment is either before or after
      await this.receipts.markRead(user, chatId, undefined);
      const view = { chat_id: chatId, up_to_seq: await this.preferences.clear(chatId, user.userId) };
      await this.streams.append(user.userId, 'chat_cleared', view);
      await this.push.retractGroup([user.userId], groupOf(chatId));
      return view;
    });
  }
}
