import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Socket } from 'socket.io';
import { requests, type RequestName } from 'src/contracts';
import { runInContext } from 'src/core/context/context';
import { handlerDecorator, Handlers, requireOneHandlerEach, type Handler } from 'src/core/discovery/discovery';
import type { AppError } from 'src/core/errors/app-error';
import { RateLimited, UnknownRequest } from 'src/core/errors/common.errors';
import { Faults, type FaultView } from 'src/core/errors/faults';
import { validate } from 'src/core/fields/validate';
import { Metrics } from 'src/core/metrics/metrics';
import { contextOf, type ConnectionState } from 'src/core/realtime/handshake';
import { TokenBucket, TokenBuckets } from 'src/core/realtime/rate';

const REQUEST = Symbol('OnRequest');

/** The method that answers a socket request of the contract: `(user, body, socket)`, with the body already checked. */
export const OnRequest = handlerDecorator<RequestName>(REQUEST);

export type Acknowledgement = { ok: true; data: unknown } | { ok: false; error: FaultView };

const OF_CONNECTION = { perSecond: 50, burst: 200 };
/** Of all connections of one account to this node: twice that of one, so that a device gone mad leaves the others theirs. */
const OF_ACCOUNT = { perSecond: 100, burst: 400 };
/** Of an event, as it is told back. */
const LONGEST_NAME = 64;

/**
 * Answers what clients ask over their sockets: one shape of acknowledgement, whatever happens. How many events may come is bounded
 * here, without asking Redis, for it is what they cost this node; what costs all nodes (messages, calls …) has its own allowance there.
 */
@Injectable()
export class SocketRequests implements OnApplicationBootstrap {
  private readonly byName = new Map<string, Handler>();
  private readonly ofAccounts = new TokenBuckets(OF_ACCOUNT);
  /** One function for all sockets. */
  private readonly onAny: (this: Socket, name: string | number, ...args: unknown[]) => void;
  private readonly onAck: (this: Socket) => void;

  constructor(
    private readonly handlers: Handlers,
    private readonly faults: Faults,
    private readonly metrics: Metrics,
  ) {
    const hear = this.hear.bind(this);
    const isRefused = (socket: Socket) => this.refusalOf(socket) !== undefined;
    this.onAny = function (name, ...args) {
      hear(this, name, args);
    };
    this.onAck = function () {
      if (isRefused(this)) this.disconnect(true);
    };
  }

  onApplicationBootstrap() {
    const handlers = this.handlers.of(REQUEST);
    requireOneHandlerEach('socket request', Object.keys(requests), handlers);
    handlers.forEach((handler) => this.byName.set(handler.name, handler));
  }

  /** Starts answering a connection. We ask for no acknowledgements: those that come count as events, and who floods us with them is let go. */
  serve(socket: Socket) {
    socket.onAny(this.onAny);
    Object.assign(socket, { onack: this.onAck }); // Socket.IO's own, which tells nobody of them
  }

  private hear(socket: Socket, name: string | number, args: unknown[]) {
    const event = String(name); // the protocol also knows numbers
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (last as (reply: Acknowledgement) => void) : undefined;
    void this.answer(socket, event, args[0] === last && acknowledge ? undefined : args[0]).then((reply) => {
      if (acknowledge) acknowledge(reply);
      else if (!reply.ok) socket.emit('error', { event: event.slice(0, LONGEST_NAME), ...reply.error });
    });
  }

  private async answer(socket: Socket, event: string, body: unknown): Promise<Acknowledgement> {
    const { user, language } = socket.data as ConnectionState;
    const handler = this.byName.get(event);
    const stop = this.metrics.socketSeconds.startTimer({ event: handler ? event : 'unknown' });
    const context = contextOf(socket);
    try {
      const refusal = this.refusalOf(socket);
      if (refusal) throw refusal;
      if (!handler) throw UnknownRequest({ event: event.slice(0, LONGEST_NAME) });
      const checked: unknown = validate(requests[event as RequestName].body, body ?? {}, language);
      const data = await runInContext(context, () => handler.run(user, checked, socket));
      stop({ outcome: 'ok' });
      return { ok: true, data: data ?? {} };
    } catch (error) {
      const fault = runInContext(context, () => this.faults.of(error));
      stop({ outcome: fault.code });
      return { ok: false, error: this.faults.view(fault, language) };
    }
  }

  /** Takes one event from the allowances of a connection and of its account. */
  private refusalOf(socket: Socket): AppError | undefined {
    const state = socket.data as ConnectionState;
    state.allowance ??= new TokenBucket(OF_CONNECTION.perSecond, OF_CONNECTION.burst);
    if (!state.allowance.take()) return RateLimited({ limit: OF_CONNECTION.perSecond, retry_after: 1 });
    if (!this.ofAccounts.take(state.user.userId)) return RateLimited({ limit: OF_ACCOUNT.perSecond, retry_after: 1 });
    return undefined;
  }
}
