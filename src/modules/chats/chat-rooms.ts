import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { portions } from 'src/core/collections/collections';
import { outsideContext, runInContext, type Principal } from 'src/core/context/context';
import { newTraceId } from 'src/core/context/trace-id';
import { gathered } from 'src/core/database/group-commit';
import { OnConnect, Realtime, type Connection } from 'src/core/realtime/realtime';
import { room } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { ChatsRepository } from 'src/modules/chats/chats.repository';

const LOOK_EVERY_MS = 500;
const USERS_AT_ONCE = 500;

/**
 * Keeps every connection of this node in the rooms of its user's chats, and in no other's: being in one is the right to hear and to
 * type there. Later changes of membership move the sockets on all nodes, through Redis (`ChatsRealtime`); while Redis is away, and
 * once when it is back, PostgreSQL is asked instead.
 */
@Injectable()
export class ChatRooms implements BeforeApplicationShutdown {
  private readonly logger = new Logger('ChatRooms');
  /** Many who connect at once are looked up together. */
  private readonly heard = gathered<string, number[]>(async (userIds) => {
    const heard = await this.chats.heardBy(userIds);
    return userIds.map((userId) => heard.get(userId) ?? []);
  });
  private timer?: NodeJS.Timeout;
  private blind = false;

  constructor(
    private readonly chats: ChatsRepository,
    private readonly realtime: Realtime,
    @Inject(COMMANDS) private readonly redis: RedisClient,
  ) {}

  @OnConnect()
  async seat(user: Principal, socket: Socket) {
    this.timer ??= outsideContext(() => setInterval(() => void this.look(), LOOK_EVERY_MS));
    const taken = roomsLeftBy(socket);
    const rooms = (await this.heard(user.userId)).map((id) => room('chat', id));
    const gone = taken();
    await socket.join(rooms.filter((name) => !gone.has(name)));
  }

  beforeApplicationShutdown() {
    clearInterval(this.timer);
  }

  private async place(socket: Socket, chatIds: number[]) {
    const rooms = chatIds.map((id) => room('chat', id));
    const kept = new Set(rooms);
    const missing = rooms.filter((name) => !socket.rooms.has(name));
    const foreign = [...socket.rooms].filter((name) => name.startsWith(room('chat', '')) && !kept.has(name));
    if (missing.length) await socket.join(missing);
    for (const name of foreign) await socket.leave(name);
  }

  private async look() {
    const wasBlind = this.blind;
    this.blind = this.redis.status !== 'ready';
    if (!this.blind && !wasBlind) return;
    try {
      for (const some of portions(this.realtime.connections, USERS_AT_ONCE)) await this.placeAnew(some);
    } catch (error) {
      this.blind = true;
      this.logger.warn(`could not look: ${(error as Error).message}`);
    }
  }

  private async placeAnew(connections: Connection[]) {
    const heard = await this.chats.heardBy([...new Set(connections.map(({ user }) => user.userId))]);
    for (const {
      socket,
      user: { userId, tenantId },
    } of connections) {
      const context = { traceId: newTraceId(), tenantId, language: 'en' };
      await runInContext(context, () => this.place(socket, heard.get(userId) ?? []));
    }
  }
}

/**
 * The rooms out of which a socket is taken from now until the answer is asked for, the ones included in which it is not yet: who is
 * removed from a chat while his chats are looked up does not get into its room after all.
 */
function roomsLeftBy(socket: Socket): () => Set<string> {
  const left = new Set<string>();
  const leave = socket.leave.bind(socket);
  socket.leave = (name) => {
    left.add(name);
    return leave(name);
  };
  return () => {
    delete (socket as Partial<Socket>).leave;
    return left;
  };
}
