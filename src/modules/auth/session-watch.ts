import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { PushBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { gathered } from 'src/core/database/group-commit';
import { OnConnect, Realtime } from 'src/core/realtime/realtime';
import { Reception } from 'src/core/realtime/reception';
import { OnRenewal } from 'src/core/realtime/renewals';
import { SessionsService } from 'src/modules/auth/sessions.service';

/** While the other nodes are heard, which tell of every end, looking is only a net. */
const LOOK_EVERY_MS = 10_000;

/**
 * Closes connections of this node whose session has ended, where no message said so: it ended while the connection was made, other
 * nodes were not heard, or the user was deactivated. It asks PostgreSQL.
 */
@Injectable()
export class SessionWatch {
  /** Many who connect at once are looked up together. */
  private readonly newcomers = gathered<string, boolean>(async (ids) => {
    const ended = await this.sessions.ended(ids);
    return ids.map((id) => ended.has(id));
  });

  constructor(
    private readonly sessions: SessionsService,
    private readonly realtime: Realtime,
    reception: Reception,
  ) {
    reception.lookOut('SessionWatch', LOOK_EVERY_MS, () => this.closeEnded());
  }

  /** Its rooms are joined: from here on a message would reach it, so what is not ended now will be heard. */
  @OnConnect()
  async admit({ sessionId }: Principal, socket: Socket) {
    if (await this.newcomers(sessionId)) this.close([socket]);
  }

  @OnRenewal()
  async closeEnded() {
    const { connections } = this.realtime;
    if (!connections.length) return;
    const ended = await this.sessions.ended([...new Set(connections.map(({ user }) => user.sessionId))]);
    this.close(connections.flatMap(({ socket, user }) => (ended.has(user.sessionId) ? [socket] : [])));
  }

  private close(sockets: Socket[]) {
    const body: PushBody<'session_revoked'> = { reason: 'revoked' };
    for (const socket of sockets) {
      socket.emit('session_revoked', body);
      socket.disconnect(true);
    }
  }
}
