import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { PushBody } from 'src/contracts';
import { portions } from 'src/core/collections/collections';
import { runInContext, type Principal } from 'src/core/context/context';
import { newTraceId } from 'src/core/context/trace-id';
import { gathered } from 'src/core/database/group-commit';
import { OnConnect, Realtime, type Connection } from 'src/core/realtime/realtime';
import { Reception } from 'src/core/realtime/reception';
import { OnRenewal } from 'src/core/realtime/renewals';
import { roomMoves } from 'src/core/realtime/room-moves';
import { room } from 'src/core/redis/keys';
import { ChatsRepository } from 'src/modules/chats/chats.repository';

/** While the other nodes are heard, which tell of every change, looking is only a net. */
const LOOK_EVERY_MS = 20_000;
const USERS_AT_ONCE = 500;

/**
 * Keeps every connection of this node in the rooms of its user's chats, and in no other's: being in one is the right to hear and to
 * type there. Later changes of membership move the sockets on all nodes, through Redis (`SeatsRealtime`). While the other nodes are not
 * heard, once when they are again, and every 20 s all the same, PostgreSQL is asked: so a move that was lost, or that was made by a
 * transaction which did not commit, holds no longer than that.
 */
@Injectable()
export class ChatRooms {
  /** Many who connect at once are looked up together. */
  private readonly heard = gathered<string, number[]>(async (userIds) => {
    const heard = await this.chats.heardBy(userIds);
    return userIds.map((userId) => heard.get(userId) ?? []);
  });
  /** Those that are in their first rooms. */
  private readonly seated = new WeakSet<Socket>();

  constructor(
    private readonly chats: ChatsRepository,
    private readonly realtime: Realtime,
    reception: Reception,
  ) {
    reception.lookOut('ChatRooms', LOOK_EVERY_MS, () => this.look());
  }

  @OnConnect()
  async seat(user: Principal, socket: Socket) {
    const moves = roomMoves(socket);
    const heard = await this.heard(user.userId);
    const moved = moves();
    this.seated.add(socket);
    await socket.join(heard.map((id) => room('chat', id)).filter((name) => !moved.has(name)));
  }

  /** Where others were not heard, their joins and leaves are lost. */
  @OnRenewal()
  async renew() {
    await this.placeAll();
  }

  /** Who was not in a room may have missed something there. */
  async look() {
    for (const socket of await this.placeAll()) socket.emit('sync_needed', {} satisfies PushBody<'sync_needed'>);
  }

  /** Gives the sockets that came into a room by this. */
  private async placeAll(): Promise<Socket[]> {
    const moved: Socket[] = [];
    const connections = this.realtime.connections.filter(({ socket }) => this.seated.has(socket));
    for (const some of portions(connections, USERS_AT_ONCE)) moved.push(...(await this.placeAnew(some)));
    return moved;
  }

  private async placeAnew(connections: Connection[]): Promise<Socket[]> {
    const watches = connections.map(({ socket }) => roomMoves(socket));
    const userIds = [...new Set(connections.map(({ user }) => user.userId))];
    const heard = await this.chats.heardBy(userIds).catch((error: unknown) => {
      watches.forEach((moves) => moves());
      throw error;
    });
    const entered: { socket: Socket; rooms: string[] }[] = [];
    connections.forEach(({ socket, user: { userId, tenantId } }, index) => {
      const moves = watches[index]!();
      const context = { traceId: newTraceId(), tenantId, language: 'en' };
      const rooms = runInContext(context, () => place(socket, heard.get(userId) ?? [], moves));
      if (rooms.length) entered.push({ socket, rooms });
    });
    await Promise.all(entered.map(async ({ socket, rooms }) => socket.join(rooms)));
    return entered.map(({ socket }) => socket);
  }
}

/** Takes a socket out of foreign rooms; gives those of his chats in which it is not. Rooms of which others have told since stay. */
function place(socket: Socket, chatIds: number[], moves: Set<string>): string[] {
  const rooms = new Set(chatIds.map((id) => room('chat', id)));
  const isForeign = (name: string) => name.startsWith(room('chat', '')) && !rooms.has(name) && !moves.has(name);
  for (const name of [...socket.rooms].filter(isForeign)) void socket.leave(name);
  return [...rooms].filter((name) => !socket.rooms.has(name) && !moves.has(name));
}
