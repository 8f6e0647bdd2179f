import { Injectable } from '@nestjs/common';
import { currentContext, outsideContext, runInContext, type Context, type Principal } from 'src/core/context/context';
import { newTraceId } from 'src/core/context/trace-id';
import type { AppError } from 'src/core/errors/app-error';
import { Unauthorized } from 'src/core/errors/common.errors';
import { Faults } from 'src/core/errors/faults';
import { RateLimits } from 'src/core/http/rate-limits';
import { Authenticator, bearerToken } from 'src/core/http/authenticator';
import { TokenBucket } from 'src/core/realtime/rate';
import { I18n } from 'src/core/i18n/i18n';
import { Waves } from 'src/core/realtime/waves';
import type { Socket } from 'socket.io';

/** What the server knows of a connection. */
export interface ConnectionState {
  user: Principal;
  language: string;
  /** How many events it may send; from the first one on. */
  allowance?: TokenBucket;
}

/** Lets go what a connection was opened with, the largest part of what an idle one keeps: all that is needed of it is known by now. */
export function forgetHandshake({ conn, handshake }: Socket) {
  (conn as { request?: unknown }).request = undefined;
  Object.assign(handshake, NOTHING);
}
const NOTHING = { headers: {}, auth: {}, query: {}, url: '', time: '' };

/** The context of one thing that a connection brings about. */
export function contextOf(socket: Socket): Context {
  const { user, language } = socket.data as ConnectionState;
  return { traceId: newTraceId(), tenantId: user.tenantId, language, user };
}

/** As long as a client that comes back with many others may wait. */
const WAVES_MS = 20;
/** Whom we can't tell yet whether he may come in comes back after this at the latest, not with all others at once. */
const SENT_AWAY_WITHIN_MS = 3000;
/** Of one account, on all nodes together: many devices that lose their line again and again need fewer. */
const CONNECTIONS = { name: 'connections', points: 100, seconds: 60 };

/**
 * Lets nobody past without a good access token: a refused client never counts as connected, and learns the code of the reason. Socket.IO's
 * client does not try again then, so who is refused for a fault of ours is not told: his line is closed, and he comes back by himself.
 */
@Injectable()
export class Handshake {
  /** After a break many come back at once. */
  private readonly waves = new Waves(WAVES_MS);

  constructor(
    private readonly authenticator: Authenticator,
    private readonly i18n: I18n,
    private readonly faults: Faults,
    private readonly limits: RateLimits,
  ) {}

  readonly middleware = (socket: Socket, next: (error?: Error) => void) => {
    const asked = this.requestedLanguage(socket);
    const context = { ...currentContext(), traceId: newTraceId(), language: asked ?? this.i18n.fallback };
    runInContext(context, () => this.admit(socket, asked)).then(
      () => next(),
      (error: unknown) => {
        const fault = this.faults.of(error);
        if (fault.status < 500) next(this.refusal(fault, context.language));
        else this.sendAway(socket, next);
      },
    );
  };

  private sendAway({ conn }: Socket, next: () => void) {
    const close = () => {
      conn.close();
      next(); // as it is closed, this only forgets the socket
    };
    outsideContext(() => setTimeout(close, Math.random() * SENT_AWAY_WITHIN_MS).unref());
  }

  private async admit(socket: Socket, asked: string | undefined) {
    const token = tokenOf(socket);
    if (!token) throw Unauthorized();
    await this.waves.join();
    const user = await this.authenticator.authenticate(token);
    await this.limits.consume(CONNECTIONS, user.userId);
    const state: ConnectionState = { user, language: asked ?? this.i18n.known(user.language) ?? this.i18n.fallback };
    Object.assign(socket.data, state);
  }

  private requestedLanguage({ handshake }: Socket): string | undefined {
    const { language } = handshake.auth as { language?: unknown };
    return (
      this.i18n.known(typeof language === 'string' ? language : undefined) ?? this.i18n.requested(handshake.headers)
    );
  }

  /** Socket.IO hands `data` to the client's `connect_error`. */
  private refusal(fault: AppError, language: string): Error {
    const view = this.faults.view(fault, language);
    return Object.assign(new Error(view.code), { data: view });
  }
}

/** From `auth.token`, an `Authorization` header, or `?token=` for clients that can send neither. */
function tokenOf({ handshake }: Socket): string | undefined {
  const { token } = handshake.auth as { token?: unknown };
  if (typeof token === 'string' && token) return token;
  const fromQuery = handshake.query.token;
  return bearerToken(handshake.headers.authorization) ?? (typeof fromQuery === 'string' ? fromQuery : undefined);
}
