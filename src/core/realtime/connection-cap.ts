import { Inject, Injectable } from '@nestjs/common';
import type { Server } from 'socket.io';
import { ENV, type Env } from 'src/config/env';
import type { PushBody } from 'src/contracts';

/**
 * Bounds what one account can take of this node: with one connection too many its oldest is told so and closed. The newest is where
 * its user is; the oldest is mostly a line that has been lost without a word. A client of Socket.IO that is closed so stays away.
 */
@Injectable()
export class ConnectionCap {
  constructor(@Inject(ENV) private readonly env: Pick<Env, 'CONNECTIONS_PER_USER'>) {}

  /** `target` is the room of a user's connections, the newest of which has just joined. */
  keep(server: Server, target: string) {
    const ids = server.sockets.adapter.rooms.get(target); // in the order of their joining
    const tooMany = (ids?.size ?? 0) - this.env.CONNECTIONS_PER_USER;
    if (tooMany <= 0) return;
    const replaced: PushBody<'connection_replaced'> = { most: this.env.CONNECTIONS_PER_USER };
    for (const id of [...ids!].slice(0, tooMany)) {
      const socket = server.sockets.sockets.get(id);
      socket?.emit('connection_replaced', replaced);
      socket?.disconnect(true);
    }
  }
}
