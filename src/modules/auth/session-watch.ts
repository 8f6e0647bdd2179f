import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { PushBody } from 'src/contracts';
import { outsideContext, type Principal } from 'src/core/context/context';
import { gathered } from 'src/core/database/group-commit';
import { OnConnect, Realtime } from 'src/core/realtime/realtime';
import { Reception } from 'src/core/realtime/reception';
import { OnRenewal } from 'src/core/realtime/renewals';
import { SessionsService } from 'src/modules/auth/sessions.service';

const LOOK_EVERY_MS = 500;
/** While the other nodes are heard, which tell of every end, this is only a net: each so many looks. */
const LOOKS_SKIPPED = 20;

/**
 * Closes connections of this node whose session has ended, where no message said so: it ended while the connection was made, other
 * nodes were not heard, or the user was deactivated. It asks PostgreSQL.
 */
@Injectable()
export class SessionWatch implements BeforeApplicationShutdown {
  private readonly logger = new Logger('SessionWatch');
  /** Many who connect at once are looked up together. */
  private readonly newcomers = gathered<string, boolean>(async (ids) => {
    const ended = await this.sessions.ended(ids);
    return ids.map((id) => ended.has(id));
  });
  private timer?: NodeJS.Timeout;
  private looks = 0;

  constructor(
    private readonly sessions: SessionsService,
    private readonly realtime: Realtime,
    private readonly reception: Reception,
  ) {}

  /** Its rooms are joined: from here on a message would reach it, so what is not ended now will be heard. */
  @OnConnect()
  async admit({ sessionId }: Principal, socket: Socket) {
    this.timer ??= outsideContext(() => setInterval(() => void this.look(), LOOK_EVERY_MS));
    if (await this.newcomers(sessionId)) this.close([socket]);
  }

  beforeApplicationShutdown() {
    clearInterval(this.timer);
  }

  @OnRenewal()
  async closeEnded() {
    const { connections } = this.realtime;
    if (!connections.length) return;
    const ended = await this.sessions.ended([...new Set(connections.map(({ user }) => user.sessionId))]);
    this.close(connections.flatMap(({ socket, user }) => (ended.has(user.sessionId) ? [socket] : [])));
  }

  private async look() {
    if (!this.reception.isLost && ++this.looks % LOOKS_SKIPPED) return;
    await this.closeEnded().catch((error: Error) => this.logger.warn(`could not look: ${error.message}`));
  }

  private close(sockets: Socket[]) {
    const body: PushBody<'session_revoked'> = { reason: 'revoked' };
    for (const socket of sockets) {
      socket.emit('session_revoked', body);
      socket.disconnect(true);
    }
  }
}
