import { Injectable } from '@nestjs/common';
import type { Fact, RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';
import { OnRequest } from 'src/core/realtime/requests';
import { room } from 'src/core/redis/keys';
import { ReceiptsService } from 'src/modules/chats/receipts.service';

/** Receipts over sockets. */
@Injectable()
export class ReceiptsRealtime {
  constructor(
    private readonly receipts: ReceiptsService,
    private readonly realtime: Realtime,
  ) {}

  @OnRequest('message_read')
  read(user: Principal, { chat_id: chatId, message_id: messageId }: RequestBody<'message_read'>) {
    return this.receipts.mark(user, 'read', messageId, chatId);
  }

  @OnRequest('message_delivered')
  delivered(user: Principal, { chat_id: chatId, message_id: messageId }: RequestBody<'message_delivered'>) {
    return this.receipts.mark(user, 'delivered', messageId, chatId);
  }

  /**
   * To the participant's own devices with what is unread now; to the others without. Those who are not to know that it was read hear
   * that it was delivered, which they can see as well.
   */
  @OnCommit('message.marked', ({ chat_id }) => [room('chat', chat_id)])
  async marked(facts: Fact<'message.marked'>[]) {
    const discreet = await this.receipts.discreet([...new Set(facts.map(({ chat_id }) => chat_id))]);
    for (const { what, is_shown, is_delivered, read_count, unread_count, unread_mentions, ...receipt } of facts) {
      const target = room('chat', receipt.chat_id);
      // a block takes the two of a private chat out of its room
      if (what === 'delivered')
        this.realtime.toRooms([target, room('user', receipt.user_id)], 'message_delivered', receipt);
      if (what !== 'read') continue;
      const counts = { read_count, unread_count, unread_mentions };
      this.realtime.toUser(receipt.user_id, 'message_read', { ...receipt, ...counts });
      const notTold = (discreet.get(receipt.chat_id) ?? []).filter((userId) => userId !== receipt.user_id);
      if (is_delivered && (!is_shown || notTold.length))
        this.realtime.toRoom(target, 'message_delivered', receipt, receipt.user_id);
      if (is_shown) this.realtime.toRooms([target], 'message_read', receipt, [receipt.user_id, ...notTold]);
    }
  }
}
