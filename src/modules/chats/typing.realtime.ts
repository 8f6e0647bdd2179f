import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { ENV, type Env } from 'src/config/env';
import type { RequestBody } from 'src/contracts';
import { currentContext, runInContext, type Principal } from 'src/core/context/context';
import { RateLimited } from 'src/core/errors/common.errors';
import { TokenBucket } from 'src/core/realtime/rate';
import { Realtime } from 'src/core/realtime/realtime';
import { OnRequest } from 'src/core/realtime/requests';
import { room } from 'src/core/redis/keys';
import { ChatNotFound } from 'src/modules/chats/chats.errors';

const PER_SECOND = 5;
const AT_ONCE = 20;

/** What one connection has said of its typing. */
interface Typist {
  allowance: TokenBucket;
  /** By the chat in which it types: what ends it. */
  stops: Map<number, { timer: NodeJS.Timeout; stop: () => void }>;
}

/**
 * Who is typing where: nothing that lasts, told by the node that has his connection. It ends when he says so, when he has not said it
 * again for `TYPING_SECONDS`, and with his connection; if the node dies, by the `expires_in` that everybody was told.
 */
@Injectable()
export class TypingRealtime implements BeforeApplicationShutdown {
  private readonly typists = new Map<Socket, Typist>();

  constructor(
    private readonly realtime: Realtime,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @OnRequest('typing_indicator')
  typing({ userId }: Principal, { chat_id, is_typing }: RequestBody<'typing_indicator'>, socket: Socket) {
    const target = room('chat', chat_id);
    if (!socket.rooms.has(target)) throw ChatNotFound({ chat_id });
    const typist = this.typists.get(socket) ?? this.meet(socket);
    if (!typist.allowance.take()) throw RateLimited({ limit: PER_SECOND, retry_after: 1 });
    const context = currentContext();
    const tell = (isTyping: boolean) => {
      const body = { chat_id, user_id: userId, is_typing: isTyping, expires_in: this.env.TYPING_SECONDS };
      runInContext(context, () => this.realtime.toRoom(target, 'typing_indicator', body, userId));
    };
    const stop = () => {
      clearTimeout(typist.stops.get(chat_id)?.timer);
      typist.stops.delete(chat_id);
      tell(false);
    };
    if (is_typing) {
      clearTimeout(typist.stops.get(chat_id)?.timer);
      typist.stops.set(chat_id, { timer: setTimeout(stop, this.env.TYPING_SECONDS * 1000), stop });
      tell(true);
    } else if (typist.stops.has(chat_id)) stop();
    return { chat_id };
  }

  beforeApplicationShutdown() {
    for (const socket of this.typists.keys()) this.part(socket);
  }

  private meet(socket: Socket): Typist {
    const typist: Typist = { allowance: new TokenBucket(PER_SECOND, AT_ONCE), stops: new Map() };
    this.typists.set(socket, typist);
    socket.once('disconnect', () => this.part(socket));
    return typist;
  }

  private part(socket: Socket) {
    this.typists.get(socket)?.stops.forEach(({ stop }) => stop());
    this.typists.delete(socket);
  }
}
