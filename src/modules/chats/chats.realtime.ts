import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Fact, RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { Attention } from 'src/core/realtime/attention';
import { Realtime } from 'src/core/realtime/realtime';
import { OnRequest } from 'src/core/realtime/requests';
import { room } from 'src/core/redis/keys';
import { ChangesService } from 'src/modules/chats/changes.service';
import { ChatsService } from 'src/modules/chats/chats.service';
import { hasOurWords } from 'src/modules/chats/notices';
import { hidingReads } from 'src/modules/chats/participants.dto';
import { ReceiptsService } from 'src/modules/chats/receipts.service';
import { SendingService } from 'src/modules/chats/sending.service';
import { SyncService } from 'src/modules/chats/sync.service';

/** Where it is told what becomes of a chat. */
const roomsOf = ({ chat_id, pair }: Fact<'chat.changed'>) =>
  pair ? [...new Set(pair.split(':'))].map((userId) => room('user', userId)) : [room('chat', chat_id)];

/** Chats over sockets: what is asked, and what is changed in them. */
@Injectable()
export class ChatsRealtime {
  constructor(
    private readonly chats: ChatsService,
    private readonly sending: SendingService,
    private readonly changes: ChangesService,
    private readonly missed: SyncService,
    private readonly receipts: ReceiptsService,
    private readonly realtime: Realtime,
    private readonly attention: Attention,
  ) {}

  @OnRequest('join_chat')
  async open(user: Principal, { chat_id: chatId }: RequestBody<'join_chat'>, socket: Socket) {
    const { last_seq } = await this.chats.access(user.userId, chatId);
    await this.attention.look(user, socket, `chat:${chatId}`);
    return { chat_id: chatId, last_seq };
  }

  @OnRequest('leave_chat')
  async close(user: Principal, { chat_id: chatId }: RequestBody<'leave_chat'>, socket: Socket) {
    await this.attention.lookAway(user, socket, `chat:${chatId}`);
    await this.chats.access(user.userId, chatId);
    return { chat_id: chatId };
  }

  @OnRequest('sync')
  sync(user: Principal, asked: RequestBody<'sync'>) {
    return this.missed.sync(user, asked);
  }

  @OnRequest('send_message')
  send(user: Principal, { chat_id: chatId, ...message }: RequestBody<'send_message'>) {
    return this.sending.send(user, chatId, message);
  }

  /**
   * One handler for all kinds, so that what this process changes in a chat is sent in order. What becomes of a private chat its two are
   * told wherever they are: not in its room, out of which a block takes them.
   */
  @OnCommit('chat.changed', roomsOf)
  async changed(facts: Fact<'chat.changed'>[]) {
    const rooms = new Map(facts.map((fact) => [fact.chat_id, roomsOf(fact)]));
    for (const { type, chat_id, data } of await this.changes.eventsJustMade(facts)) {
      const targets = rooms.get(chat_id)!;
      const hiding = hidingReads(data);
      if (hiding) {
        const discreet = (await this.receipts.discreet([chat_id])).get(chat_id) ?? [];
        this.realtime.toRooms(targets, type, data, discreet);
        this.realtime.toUsers(discreet, type, hiding);
      } else if (!hasOurWords(data)) this.realtime.toRooms(targets, type, data);
      else {
        const same = facts.filter((fact) => fact.chat_id === chat_id && fact.seq === data.change_seq);
        await this.realtime.inEachLanguage(async (send) => {
          for (const said of await this.changes.events(same))
            targets.forEach((target) => send(target, said.type, said.data));
        });
      }
    }
  }
}
